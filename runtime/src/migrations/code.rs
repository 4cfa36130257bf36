//! Migrations that are code, which only their tools can run.

use super::names::Names;
use super::odd::Odd;
use super::versioned::last;

/// What to do with migrations that are not run here.
pub(super) const FUNCTION: &str =
    "run the tool in a function (`init = migrate`), or give `init` a dump of the schema";

/// Files that give away their tool.
const FILES: [(&str, &str); 5] = [
    ("sqitch.plan", "Sqitch"),
    ("alembic.ini", "Alembic"),
    ("env.py", "Alembic"),
    ("knexfile.js", "Knex"),
    ("knexfile.ts", "Knex"),
];

/// Extensions of code, whose it is, and what else the tool can do.
const CODE: [(&str, &str, &str); 14] = [
    ("rs", "Rust code, as of SeaORM, barrel or refinery", ""),
    (
        "rb",
        "Ruby code, as of Rails",
        "; with `schema_format = :sql` Rails keeps one in `db/structure.sql`",
    ),
    (
        "py",
        "Python code, as of Alembic, Django or yoyo",
        "; `alembic upgrade head --sql` and `manage.py sqlmigrate` print SQL",
    ),
    ("js", "JavaScript, as of Knex or node-pg-migrate", ""),
    ("mjs", "JavaScript, as of Knex or node-pg-migrate", ""),
    ("cjs", "JavaScript, as of Knex or node-pg-migrate", ""),
    ("ts", "TypeScript, as of TypeORM or Knex", ""),
    ("go", "Go code, as of goose", ""),
    ("php", "PHP code, as of Laravel or Doctrine", ""),
    ("java", "Java code, as of Flyway", ""),
    ("kt", "Kotlin code, as of Flyway", ""),
    (
        "cs",
        "C# code, as of Entity Framework",
        "; `dotnet ef migrations script` prints SQL",
    ),
    ("exs", "Elixir code, as of Ecto", ""),
    ("fizz", "a file of Pop", ""),
];

/// What is said of changelogs of Liquibase.
const CHANGELOG: (&str, &str) = (
    "a changelog of Liquibase",
    "; `liquibase update-sql` prints SQL",
);

/// A file that no tool whose migrations are run here has given its name.
pub(super) fn by_name(names: &Names) -> Option<Odd> {
    let tool = |name: &str| {
        let found = FILES.iter().find(|(file, _)| *file == last(name));
        found.map(|(_, tool)| {
            not_run(
                name,
                &format!("it belongs to {tool}, whose migrations are not run here"),
                "",
            )
        })
    };
    let has_sql = names.sql().next().is_some();
    let code = |name: &str| {
        let (what, also) = code(name).filter(|_| !has_sql || is_migration(name))?;
        let reason = format!("it is {what}, which only the tool can run");
        Some(not_run(name, &reason, also))
    };
    names
        .files()
        .find_map(|name| tool(name).or_else(|| code(name)))
}

/// Whose code a file is, and what else the tool can do.
fn code(name: &str) -> Option<(&'static str, &'static str)> {
    let (stem, extension) = last(name).rsplit_once('.')?;
    let is_data = matches!(extension, "xml" | "yaml" | "yml" | "json");
    if is_data && stem.contains("changelog") {
        return Some(CHANGELOG);
    }
    let mut found = CODE.iter().filter(|(code, ..)| *code == extension);
    let (_, what, also) = found.find(|_| !stem.ends_with("_test"))?;
    Some((what, also))
}

fn not_run(name: &str, reason: &str, also: &str) -> Odd {
    Odd::new(name, format!("{reason}; {FUNCTION}{also}"))
}

/// Whether a file of code is named as migrations are: by a number, by a version, or by its directory.
fn is_migration(name: &str) -> bool {
    let named = |part: &str| {
        let part = part.strip_prefix(['V', 'U', 'm']).unwrap_or(part);
        part.starts_with(|letter: char| letter.is_ascii_digit())
            || part.starts_with("R__")
            || part.contains("changelog")
    };
    match name.rsplit_once('/') {
        Some((directory, "mod.rs")) => named(last(directory)),
        _ => named(last(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(names: Names, wanted: Option<&str>) {
        let odd = by_name(&names).map(|odd| format!("{odd:?}"));
        let found = odd.as_deref().map_or(wanted.is_none(), |odd| {
            wanted.is_some_and(|part| odd.contains(part))
        });
        assert!(found, "{names:?}: {odd:?}");
    }

    #[test]
    fn code_is_refused_with_advice() {
        check(
            Names::from(["20240101_create_users.rb"]),
            Some("structure.sql"),
        );
        check(
            Names::from(["0001_initial.py", "__init__.py"]),
            Some("manage.py"),
        );
        check(
            Names::from(["env.py", "versions/ae10_x.py"]),
            Some("Alembic"),
        );
        check(
            Names::from(["src/lib.rs", "src/m20220101_000001_create_table.rs"]),
            Some("SeaORM"),
        );
        check(Names::from(["20200101_users/mod.rs"]), Some("barrel"));
        check(Names::from(["V1__a.sql", "V2__b.rs"]), Some("refinery"));
        check(Names::from(["1_a.sql", "00002_b.go"]), Some("goose"));
        check(
            Names::from(["db.changelog-master.xml", "1.sql"]),
            Some("update-sql"),
        );
        check(Names::from(["sqitch.plan", "deploy/a.sql"]), Some("Sqitch"));
        check(
            Names::from([
                "1_a.sql",
                "mod.rs",
                "README.md",
                "2_a_test.go",
                "0001_rows.json",
            ]),
            None,
        );
    }
}
