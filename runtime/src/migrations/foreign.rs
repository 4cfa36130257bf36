//! Comments that mean something to tools whose files are not read here.

use super::code::FUNCTION;
use super::odd::Odd;

/// A comment that means something to a tool whose files are not read here.
pub(super) fn comment(line: &str) -> Option<&'static str> {
    let line = line.trim().to_ascii_lowercase();
    let words = line
        .trim_start_matches(['-', '#', ' ', '\t'])
        .trim_end_matches(['-', '=', ' ']);
    let words = words.trim_start_matches(['=', ' ']);
    match words {
        "up migration" | "down migration" => Some("node-pg-migrate"),
        "rambler up" | "rambler down" => Some("rambler"),
        "create above / drop below" => Some("tern"),
        "//@undo" => Some("MyBatis Migrations"),
        "!ups" | "!downs" => Some("Play"),
        "up" | "down" if line.starts_with("-- ====") => Some("shmig"),
        "+micrate up" | "+micrate down" => Some("micrate"),
        words if words.starts_with("liquibase formatted sql") => Some("Liquibase"),
        words
            if words.starts_with("deploy ")
                && (words.ends_with(" to pg") || words.ends_with(" to mysql")) =>
        {
            Some("Sqitch")
        }
        _ => None,
    }
}

/// Why a file with such a comment is not run.
pub(super) fn marked(name: &str, line: usize, tool: &str) -> Odd {
    let reason =
        format!("the comment belongs to {tool}, whose files are not read here; {FUNCTION}");
    Odd::new(name, reason).at(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_recognised() {
        for (line, tool) in [
            ("--liquibase formatted sql", Some("Liquibase")),
            ("-- Down Migration", Some("node-pg-migrate")),
            ("---- create above / drop below ----", Some("tern")),
            ("-- //@UNDO", Some("MyBatis Migrations")),
            ("# --- !Downs", Some("Play")),
            ("-- ==== DOWN ====", Some("shmig")),
            ("-- Deploy app:users to pg", Some("Sqitch")),
            ("-- Set up", None),
            ("-- up", None),
        ] {
            assert_eq!(comment(line), tool, "{line}");
        }
    }
}
