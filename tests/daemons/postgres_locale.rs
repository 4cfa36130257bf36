//! What PostgreSQL takes for a letter and how it sorts, asked by a client that is not ours.

use fixtured::daemons::{self, Postgres};
use fixtured::{Acquire, ErrorKind, Instance};
use postgres::{Client, NoTls};

/// Each gives one text.
const LETTERS: [(&str, &str); 10] = [
    ("lower('ÉÀÖ') || upper('éàö')", "éàöÉÀÖ"),
    ("initcap('élan vital')", "Élan Vital"),
    ("('É' ILIKE 'é')::text", "true"),
    ("('É' ~* 'é')::text", "true"),
    ("('Éa' ~ '^\\w+$')::text", "true"),
    ("('é' ~ '[[:lower:]]')::text", "true"),
    ("('É'::citext = 'é')::text", "true"),
    ("similarity('ÉTÉ', 'un été')::numeric(3, 1)::text", "0.6"),
    ("to_tsvector('simple', 'ÉTÉ')::text", "'été':1"),
    (
        "(to_tsvector('french', 'Élèves') @@ to_tsquery('french', 'élève'))::text",
        "true",
    ),
];

const SORTED: &str =
    "string_agg(word, ' ' ORDER BY word) FROM unnest('{Zoe,abc,Émile,Bob,eve}'::text[]) word";

/// In the order of their numbers, and in that of a dictionary.
const BY_NUMBER: &str = "Bob Zoe abc eve Émile";
const BY_DICTIONARY: &str = "abc Bob Émile eve Zoe";

fn text(client: &mut Client, expression: &str) -> String {
    let row = client.query_one(&format!("SELECT {expression}"), &[]);
    row.unwrap_or_else(|error| panic!("{expression}: {error}"))
        .get(0)
}

/// A database of a server with these options, in which there is what needs to know letters.
fn database(postgres: Postgres) -> (Instance<Postgres>, Client) {
    let postgres = postgres
        .extensions(["citext", "pg_trgm"])
        .acquire()
        .unwrap();
    let client = Client::connect(postgres.url(), NoTls).unwrap();
    (postgres, client)
}

#[track_caller]
fn knows_letters(client: &mut Client) {
    for (expression, wanted) in LETTERS {
        assert_eq!(text(client, expression), wanted, "{expression}");
    }
}

#[test]
fn by_default_all_letters_are_letters() {
    for version in [None, Some("17")] {
        let mut postgres = daemons::postgres();
        if let Some(version) = version {
            postgres = postgres.version(version);
        }
        let (_postgres, mut client) = database(postgres);
        knows_letters(&mut client);
        assert_eq!(text(&mut client, SORTED), BY_NUMBER);
        let number = text(&mut client, "current_setting('server_version_num')");
        let provider = match number.parse::<u32>().unwrap() {
            170_000.. => "to_json(d)->>'datlocprovider'",
            _ => "d.datctype",
        };
        let found = text(
            &mut client,
            &format!("{provider} FROM pg_database d WHERE datname = current_database()"),
        );
        let wanted = if version.is_some() { "b" } else { "C.UTF-8" };
        assert_eq!(found, wanted, "{number}");
    }
}

#[test]
fn a_locale_decides_how_texts_are_sorted() {
    for (version, locale, sorted) in [
        (None, "de_DE.UTF-8", BY_DICTIONARY),
        (None, "icu:de-DE", BY_DICTIONARY),
        (None, "libc:C.UTF-8", BY_NUMBER),
        (Some("17"), "icu:de-DE", BY_DICTIONARY),
        (Some("17"), "builtin:C.UTF-8", BY_NUMBER),
    ] {
        let mut postgres = daemons::postgres().locale(locale);
        if let Some(version) = version {
            postgres = postgres.version(version);
        }
        let (_postgres, mut client) = database(postgres);
        knows_letters(&mut client);
        assert_eq!(text(&mut client, SORTED), sorted, "{locale}");
        assert_eq!(
            text(&mut client, "current_setting('lc_messages')"),
            "C",
            "{locale}"
        );
    }
    let (_postgres, mut client) = database(daemons::postgres().locale("C"));
    assert_eq!(text(&mut client, "lower('ÉA')"), "Éa");
    assert_eq!(text(&mut client, SORTED), BY_NUMBER);
}

/// The template may be older than the libraries of the machine, and a server does not clone what was sorted by others.
#[test]
fn what_is_cloned_is_bound_to_no_version_of_a_locale() {
    let postgres = daemons::postgres().locale("icu:de-DE").acquire().unwrap();
    let mut client = Client::connect(postgres.url(), NoTls).unwrap();
    let mut version = |database: &str| {
        let query = format!(
            "coalesce(max(datcollversion), 'none') FROM pg_database WHERE datname = {database}"
        );
        text(&mut client, &query)
    };
    assert_eq!(version("'template1'"), "none");
    assert_ne!(version("current_database()"), "none");
}

fn without_case(url: &str) -> Result<(), postgres::Error> {
    let statements = "CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
        CREATE TABLE people (name text COLLATE caseless UNIQUE);
        INSERT INTO people VALUES ('Émile')";
    Client::connect(url, NoTls)?.batch_execute(statements)
}

#[test]
fn a_collation_that_ignores_case_is_cloned() {
    for locale in ["C.UTF-8", "icu:fr-FR"] {
        let postgres = daemons::postgres().locale(locale).init(without_case);
        let all = [
            postgres.clone().acquire().unwrap(),
            postgres.acquire().unwrap(),
        ];
        for postgres in &all {
            let mut client = Client::connect(postgres.url(), NoTls).unwrap();
            let found = text(&mut client, "name FROM people WHERE name = 'ÉMILE'");
            assert_eq!(found, "Émile");
            let twice = client.execute("INSERT INTO people VALUES ('émile')", &[]);
            assert_eq!(twice.unwrap_err().code().unwrap().code(), "23505");
        }
    }
}

#[test]
fn a_locale_that_is_missing_is_named_with_what_to_do() {
    for (locale, wanted) in [
        (
            "xx_YY.UTF-8",
            [
                "| initdb: error: invalid locale name \"xx_YY.UTF-8\"",
                "| this machine has no locale `xx_YY.UTF-8` with the encoding UTF-8",
                "|   to see which it has:  locale -a",
            ],
        ),
        (
            "icu:xx-YY",
            [
                "| ICU has no language `xx`, which is that of the locale `xx-YY`",
                "|   to see which it has:  SELECT collname FROM pg_collation",
                "",
            ],
        ),
    ] {
        let error = daemons::postgres().locale(locale).acquire().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ProcessExitedWithError);
        let text = error.to_string();
        for line in wanted {
            assert!(text.contains(line), "{text}");
        }
    }
    let error = daemons::postgres().locale("glibc:C").acquire().unwrap_err();
    let wanted =
        "invalid locale `glibc:C`: expected `libc:`, `icu:` or `builtin:` before the colon";
    assert!(error.to_string().contains(wanted), "{error}");
}
