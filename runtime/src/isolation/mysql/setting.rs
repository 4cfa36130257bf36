//! What the meaning of a statement depends on, beside its text.

use super::quote::text;

/// What the server remembers with a stored program, and restores whenever it runs.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Setting {
    pub(super) sql_mode: String,
    pub(super) client: String,
    pub(super) connection: String,
    /// The collation of the database.
    pub(super) database: String,
    /// The server's, if there is none.
    pub(super) time_zone: Option<String>,
}

impl Setting {
    /// That of our connections, in a database with this collation.
    pub(super) fn ours(database: String) -> Self {
        Self {
            sql_mode: "NO_AUTO_VALUE_ON_ZERO".into(),
            client: "utf8mb4".into(),
            connection: "utf8mb4_general_ci".into(),
            database,
            time_zone: None,
        }
    }

    /// The same for this statement, which is sent in UTF-8.
    pub(super) fn of(self, statement: &str) -> Self {
        let is_read_alike = statement.is_ascii() || self.client.starts_with("utf8");
        let client = if is_read_alike {
            self.client
        } else {
            "utf8mb4".into()
        };
        Self { client, ..self }
    }

    /// The statements that establish it where another one was.
    pub(super) fn after(&self, before: &Self) -> Vec<String> {
        let time_zone = |setting: &Self| match &setting.time_zone {
            Some(name) => text(name),
            None => "DEFAULT".into(),
        };
        let variables = [
            ("sql_mode", text(&self.sql_mode), text(&before.sql_mode)),
            (
                "character_set_client",
                text(&self.client),
                text(&before.client),
            ),
            (
                "collation_connection",
                text(&self.connection),
                text(&before.connection),
            ),
            ("time_zone", time_zone(self), time_zone(before)),
        ];
        let changed = variables.iter().filter(|(_, now, before)| now != before);
        let changed: Vec<_> = changed
            .map(|(name, now, _)| format!("SESSION {name} = {now}"))
            .collect();
        let mut statements = Vec::new();
        if !changed.is_empty() {
            statements.push(format!("SET {}", changed.join(", ")));
        }
        if self.database != before.database {
            statements.push(format!("ALTER DATABASE COLLATE {}", self.database));
        }
        statements
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_set() {
        let ours = Setting::ours("latin1_bin".into());
        assert_eq!(ours.after(&ours), [""; 0]);
        let other = Setting {
            sql_mode: "ANSI".into(),
            client: "latin1".into(),
            time_zone: Some("+01:00".into()),
            database: "ascii_bin".into(),
            ..ours.clone()
        };
        assert_eq!(
            other.after(&ours),
            [
                "SET SESSION sql_mode = 'ANSI', SESSION character_set_client = 'latin1', SESSION time_zone = '+01:00'",
                "ALTER DATABASE COLLATE ascii_bin"
            ]
        );
        assert_eq!(other.clone().of("a").client, "latin1");
        assert_eq!(other.of("ä").client, "utf8mb4");
    }
}
