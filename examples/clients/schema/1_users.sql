CREATE TABLE users (id int AUTO_INCREMENT PRIMARY KEY, name varchar(50) NOT NULL UNIQUE);
INSERT INTO users (name) VALUES ('root');
