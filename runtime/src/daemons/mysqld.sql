CREATE DATABASE test;
CREATE DATABASE pifpaf;
/*!80030 SET GLOBAL innodb_redo_log_capacity = 8388608 */;
