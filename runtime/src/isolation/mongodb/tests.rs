//! What is said to a server that wants a login, and to one that is no primary: no such server is to be had, so this is one that follows the
//! specification of the protocol.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac_sha256::{HMAC, Hash};
use serde_json::{Value, json};

use super::{Mongodb, bson};
use crate::error::Doing;
use crate::isolation::patience::Patience;
use crate::isolation::server::Server;
use crate::isolation::wire::Processes;
use crate::launch::Databases;

const PASSWORD: &str = "pencil";
const SALT: &[u8] = b"salt";

/// What the server has been asked for, and in which database.
type Asked = Arc<Mutex<Vec<(String, String)>>>;

/// A server that answers like this, and what it will have been asked for.
fn serving(mut answer: impl FnMut(&Value) -> Value + Send + 'static) -> (Mongodb, Asked) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let asked = Asked::default();
    let record = Arc::clone(&asked);
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            while let Some((number, command)) = command(&mut stream) {
                let names = [
                    "hello",
                    "ping",
                    "saslStart",
                    "saslContinue",
                    "replSetInitiate",
                ];
                let more = ["listCollections", "listDatabases", "dropDatabase"];
                let name = names
                    .iter()
                    .chain(&more)
                    .find(|name| command.get(**name).is_some());
                let database = command["$db"].as_str().unwrap().to_owned();
                record
                    .lock()
                    .unwrap()
                    .push(((*name.unwrap()).into(), database));
                let answer = answer(&command);
                let fields = answer.as_object().unwrap().iter();
                let body = bson::encode(fields.map(|(name, value)| (name.as_str(), value)));
                let length = i32::try_from(21 + body.len()).unwrap();
                let head = [length, 7, number, 2013, 0].map(i32::to_le_bytes);
                let message = [head.as_flattened(), &[0], &body].concat();
                stream.write_all(&message).unwrap();
            }
        }
    });
    let databases = Databases::new(crate::launch::Protocol::Mongodb, address, "a=b", PASSWORD);
    (Mongodb::new(&databases, Processes::none()), asked)
}

/// The next request: its number and its document.
fn command(stream: &mut TcpStream) -> Option<(i32, Value)> {
    let mut head = [0; 21];
    stream.read_exact(&mut head).ok()?;
    let number = |at: usize| i32::from_le_bytes(head[at..at + 4].try_into().unwrap());
    assert_eq!(
        (number(8), number(12), number(16), head[20]),
        (0, 2013, 0, 0)
    );
    let mut body = vec![0; usize::try_from(number(0)).unwrap() - 21];
    stream.read_exact(&mut body).ok()?;
    Some((number(4), bson::decode(&body).unwrap()))
}

/// The part of the server in a login with this password: RFC 5802 with one iteration.
fn login(password: &'static str, mechanisms: Value) -> impl FnMut(&Value) -> Value + Send {
    let mut first = String::new();
    move |command| {
        let payload = || {
            let payload = bson::bytes(&command["payload"]).unwrap();
            String::from_utf8(payload).unwrap()
        };
        let next = |payload: &str, done: bool| json!({ "ok": 1, "conversationId": 5, "payload": bson::binary(payload.as_bytes()), "done": done });
        if let Some(user) = command.get("saslSupportedMechs") {
            assert_eq!(user, "admin.a=b");
            return json!({ "ok": 1, "isWritablePrimary": true, "saslSupportedMechs": mechanisms });
        }
        if command.get("saslStart").is_some() {
            assert_eq!(command["mechanism"], "SCRAM-SHA-256");
            let (_, bare) = payload()
                .split_once("n,,")
                .map(|(a, b)| (a.to_owned(), b.to_owned()))
                .unwrap();
            let nonce = bare.strip_prefix("n=a=3Db,r=").unwrap();
            let answer = format!("r={nonce}more,s={},i=1", BASE64.encode(SALT));
            first = format!("{bare},{answer}");
            return next(&answer, false);
        }
        if command.get("saslContinue").is_some() {
            assert_eq!(command["conversationId"], 5);
            let last = payload();
            if last.is_empty() {
                return next("", true);
            }
            let (without, proof) = last.split_once(",p=").unwrap();
            let salted = HMAC::mac([SALT, &1_u32.to_be_bytes()].concat(), password);
            let all = format!("{first},{without}");
            let client = HMAC::mac("Client Key", salted);
            let signature = HMAC::mac(&all, Hash::hash(&client));
            let wanted: Vec<_> = client
                .iter()
                .zip(signature)
                .map(|(one, other)| one ^ other)
                .collect();
            if BASE64.decode(proof).unwrap() != wanted {
                return json!({ "ok": 0.0, "code": 18, "codeName": "AuthenticationFailed", "errmsg": "Authentication failed." });
            }
            let signature = HMAC::mac(&all, HMAC::mac("Server Key", salted));
            return next(&format!("v={}", BASE64.encode(signature)), false);
        }
        json!({ "ok": 1, "isWritablePrimary": true, "databases": [{ "name": "t_x_abc_1" }, { "name": "admin" }] })
    }
}

fn patience() -> Patience<'static> {
    Patience::of(Duration::from_secs(60))
}

fn names(asked: &Asked) -> Vec<String> {
    let asked = asked.lock().unwrap();
    asked.iter().map(|(name, _)| name.clone()).collect()
}

#[test]
fn a_user_proves_to_know_the_password() {
    let (server, asked) = serving(login(PASSWORD, json!(["SCRAM-SHA-1", "SCRAM-SHA-256"])));
    server.make(None, "t_x_abc_1", &patience()).unwrap();
    assert_eq!(server.names(&patience()).unwrap(), ["t_x_abc_1", "admin"]);
    server.remove("t_x_abc_1", &patience()).unwrap();
    // Once, since the connection is kept.
    let login = ["hello", "saslStart", "saslContinue", "saslContinue"];
    let work = ["hello", "listCollections", "listDatabases", "dropDatabase"];
    assert_eq!(names(&asked), [login, work].concat());
    let dropped = asked.lock().unwrap().pop();
    assert_eq!(dropped, Some(("dropDatabase".into(), "t_x_abc_1".into())));
}

#[test]
fn a_login_that_fails_is_said() {
    let (wrong, old) = (json!(["SCRAM-SHA-256"]), json!(["SCRAM-SHA-1"]));
    for (password, mechanisms, wanted) in [
        (
            "other",
            wrong,
            "error 18 (AuthenticationFailed): Authentication failed.",
        ),
        (
            PASSWORD,
            old,
            "the user `a=b` logs in by SCRAM-SHA-1; fixtured knows SCRAM-SHA-256 only, which a new password enables",
        ),
    ] {
        let (server, _) = serving(login(password, mechanisms));
        let refused = server.make(None, "t_x", &patience()).unwrap_err();
        assert!(matches!(refused.doing, Doing::Connect(_)), "{refused:?}");
        assert_eq!(refused.reason.to_string(), wanted);
    }
}

#[test]
fn a_replica_set_is_initiated_and_its_election_awaited() {
    let mut hellos = 0;
    let mut login = login(PASSWORD, json!(["SCRAM-SHA-256"]));
    let (server, asked) = serving(move |command| {
        if let Some(set) = command.get("replSetInitiate") {
            assert_eq!(set, &json!({ "_id": "rs0", "members": [] }));
            return json!({ "ok": 1.0 });
        }
        let mut answer = login(command);
        if command.get("hello").is_some() {
            hellos += 1;
            answer["isWritablePrimary"] = json!(hellos > 4);
        }
        answer
    });
    // Nothing is made in one that takes no writes.
    let refused = server.make(None, "t_x", &patience()).unwrap_err();
    assert_eq!(
        refused.reason.to_string(),
        "it is not the primary of its replica set; name that one"
    );
    let initiate = r#"replSetInitiate {"_id": "rs0", "members": []}"#;
    server.execute(initiate, &patience()).unwrap();
    assert_eq!(
        names(&asked)
            .iter()
            .rev()
            .take_while(|name| *name == "hello")
            .count(),
        2
    );
    server.make(None, "t_x", &patience()).unwrap();
    let problem = server
        .execute("replSetInitiate {", &patience())
        .unwrap_err();
    assert!(
        problem
            .text
            .starts_with("what `replSetInitiate` is given is not JSON"),
        "{problem}"
    );
}
