//! diesel, which is synchronous and uses libpq. Each test gets a migrated database, so both may insert the same user.

use diesel::result::DatabaseErrorKind::UniqueViolation;
use diesel::result::Error::DatabaseError;
use diesel::{Connection, ExpressionMethods, Insertable, PgConnection, QueryDsl, QueryResult};
use diesel::{Queryable, RunQueryDsl, Selectable, SelectableHelper};
use fixtured::fixture;
use schema::{notes, users};

/// In a project, `diesel print-schema` generates this.
mod schema {
    diesel::table! {
        users (id) {
            id -> BigInt,
            name -> Text,
        }
    }

    diesel::table! {
        notes (id) {
            id -> BigInt,
            author -> BigInt,
            text -> Text,
            done -> Bool,
        }
    }

    diesel::joinable!(notes -> users (author));
    diesel::allow_tables_to_appear_in_same_query!(users, notes);
}

#[derive(Debug, PartialEq, Queryable, Selectable)]
struct User {
    id: i64,
    name: String,
}

#[derive(Insertable)]
#[diesel(table_name = notes)]
struct NewNote<'a> {
    author: i64,
    text: &'a str,
}

fn add(connection: &mut PgConnection, name: &str) -> QueryResult<User> {
    diesel::insert_into(users::table)
        .values(users::name.eq(name))
        .returning(User::as_returning())
        .get_result(connection)
}

#[fixture(postgres, init = "migrations/")]
#[test]
fn notes_are_found_by_the_name_of_their_user(url: &str) -> QueryResult<()> {
    let mut connection = PgConnection::establish(url).unwrap();
    let ada = add(&mut connection, "ada")?;
    let note = |text| NewNote {
        author: ada.id,
        text,
    };
    diesel::insert_into(notes::table)
        .values([note("buy milk"), note("drink it")])
        .execute(&mut connection)?;

    let found = notes::table
        .inner_join(users::table)
        .filter(users::name.eq("ada"))
        .order(notes::id)
        .select((notes::text, notes::done))
        .load::<(String, bool)>(&mut connection)?;
    assert_eq!(
        found,
        [("buy milk".into(), false), ("drink it".into(), false)]
    );
    Ok(())
}

#[fixture(postgres, init = "migrations/")]
#[test]
fn a_transaction_that_fails_leaves_nothing(url: &str) -> QueryResult<()> {
    let mut connection = PgConnection::establish(url).unwrap();
    let twice = connection.transaction(|connection| {
        add(connection, "ada")?;
        add(connection, "ada")
    });
    assert!(matches!(twice, Err(DatabaseError(UniqueViolation, _))));

    let ada = add(&mut connection, "ada")?;
    let all = users::table
        .select(User::as_select())
        .load(&mut connection)?;
    assert_eq!(all, [ada]);
    Ok(())
}
