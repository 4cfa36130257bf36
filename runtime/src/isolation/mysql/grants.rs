//! Rights on a database and on what is in it, which the server keeps elsewhere.

use super::connection::Connection;
use super::quote::{quoted, text};
use super::recipe::Reading;
use crate::isolation::patience::Patience;
use crate::isolation::problem::{Kind, Problem};

/// Who has a right. A role has no host, and is not named with one.
const GRANTEE: &str = "replace(grantee, '@''''', '')";

/// That something must not be read.
const DENIED: [&str; 2] = ["1142", "1044"];

impl Reading<'_> {
    /// Reads the rights, as statements that grant the same in the current database.
    pub(super) fn grants(&mut self) -> Result<(), Problem> {
        let granted = |privileges: &str, object: &str, table: &str, group: &str| {
            format!(
                "SELECT concat('GRANT ', group_concat({privileges} SEPARATOR ', '), ' ON ', {object}, ' TO ', {GRANTEE}, \
                 if(max(is_grantable = 'YES'), ' WITH GRANT OPTION', '')) FROM information_schema.{table} \
                 WHERE replace(table_schema, '\\\\', '') = {} AND privilege_type <> 'USAGE' GROUP BY grantee{group}",
                text(self.name)
            )
        };
        let table = "concat('`', replace(table_name, '`', '``'), '`')";
        let column = "concat(privilege_type, ' (`', replace(column_name, '`', '``'), '`)')";
        let queries = [
            granted("privilege_type", "'*'", "schema_privileges", ""),
            granted("privilege_type", table, "table_privileges", ", table_name"),
            granted(column, table, "column_privileges", ", table_name"),
        ];
        for query in queries {
            let statements = self.rows(&query)?;
            self.statements.extend(statements.into_iter().flatten());
        }
        let routines = format!(
            "SELECT concat('GRANT ', replace(replace(proc_priv, ',Grant', ''), ',', ', '), ' ON ', routine_type, \
             ' `', replace(routine_name, '`', '``'), '` TO ', quote(user), if(host = '', '', concat('@', quote(host))), \
             if(proc_priv LIKE '%Grant', ' WITH GRANT OPTION', '')) FROM mysql.procs_priv WHERE db = {}",
            text(self.name)
        );
        let statements = as_far_as_allowed(self.connection, &routines, self.patience)?;
        self.statements.extend(statements);
        Ok(())
    }
}

/// Takes away all rights on a database and on what is in it, which would outlive it.
pub(super) fn revoke(
    connection: &mut Connection,
    database: &str,
    patience: &Patience<'_>,
) -> Result<(), Problem> {
    let mut statements = connection.query(&revoking(database), patience)?.concat();
    let routines = format!(
        "SELECT concat('REVOKE ALL PRIVILEGES ON ', routine_type, ' {}.`', replace(routine_name, '`', '``'), '` FROM ', quote(user), \
         if(host = '', '', concat('@', quote(host)))) FROM mysql.procs_priv WHERE db = {}",
        quoted(database),
        text(database)
    );
    statements.extend(as_far_as_allowed(connection, &routines, patience)?);
    for statement in statements {
        match connection.execute(&statement, patience) {
            // It may have been revoked meanwhile. What is left is of no use without the database.
            Err(problem) if matches!(problem.kind, Kind::Refused(_)) => {}
            revoked => revoked?,
        }
    }
    Ok(())
}

/// The rows of a query, or none if we may not read the table: an administrator of databases need not be one of accounts.
fn as_far_as_allowed(
    connection: &mut Connection,
    query: &str,
    patience: &Patience<'_>,
) -> Result<Vec<String>, Problem> {
    match connection.query(query, patience) {
        Err(problem) if DENIED.iter().any(|code| problem.has_code(code)) => Ok(Vec::new()),
        rows => Ok(rows?.concat()),
    }
}

/// Selects the statements that take away all rights on this database.
fn revoking(database: &str) -> String {
    let of = format!(
        "WHERE replace(table_schema, '\\\\', '') = {}",
        text(database)
    );
    let home = quoted(database);
    format!(
        "SELECT concat('REVOKE ', what, ' ON `', table_schema, '`.* FROM ', {GRANTEE}) \
         FROM (SELECT grantee, table_schema, 'ALL PRIVILEGES' AS what FROM information_schema.schema_privileges {of} \
         UNION SELECT grantee, table_schema, 'GRANT OPTION' FROM information_schema.schema_privileges {of} AND is_grantable = 'YES') AS granted \
         UNION SELECT concat('REVOKE ALL PRIVILEGES ON {home}.`', replace(table_name, '`', '``'), '` FROM ', {GRANTEE}) \
         FROM (SELECT grantee, table_name FROM information_schema.table_privileges {of} \
         UNION SELECT grantee, table_name FROM information_schema.column_privileges {of}) AS granted"
    )
}
