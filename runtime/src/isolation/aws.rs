//! AWS, by a server of ours: tests have accounts.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use super::http::Api;
use super::patience::Patience;
use super::problem::Problem;
use super::server::Server;
use super::wire::{Processes, malformed};
use crate::error::Refused;
use crate::launch::Databases;
use crate::lock::lock;

/// Signatures are not checked, but by the service that a request is signed for it is told from others.
const FOR_STS: &str = "AWS4-HMAC-SHA256 Credential=fixtured/20110615/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=0";

/// The number of the first account; others follow.
const FIRST: u64 = 100_000_000_001;

/// The API of a server, and the accounts that have been made in it, by name.
#[derive(Debug)]
pub(in crate::isolation) struct Aws {
    api: Api,
    accounts: Mutex<HashMap<String, Account>>,
}

/// An account, with the keys of a role in it.
#[derive(Clone, Debug, Default)]
struct Account {
    number: u64,
    access_key: String,
    secret_key: String,
    session_token: String,
}

impl Server for Aws {
    fn part() -> &'static str {
        "account"
    }

    fn new(databases: &Databases, processes: Processes) -> Self {
        Self {
            api: Api::new(databases, processes).with_header("Authorization", FOR_STS),
            accounts: Mutex::default(),
        }
    }

    /// An account exists as soon as a role in it is assumed
    /// (<https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>).
    fn make(
        &self,
        _template: Option<&str>,
        name: &str,
        patience: &Patience<'_>,
    ) -> Result<(), Refused> {
        static NEXT: AtomicU64 = AtomicU64::new(FIRST);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let account = Account {
            number,
            ..Account::default()
        };
        lock(&self.accounts).insert(name.into(), account);
        let assume = format!(
            "POST /?Action=AssumeRole&Version=2011-06-15&RoleSessionName={name}&RoleArn=arn:aws:iam::{number}:role/test"
        );
        let assumed = self.api.demand(&assume, b"", patience).and_then(|answer| {
            let answer = String::from_utf8(answer).map_err(|_| malformed())?;
            assumed(number, &answer).ok_or_else(malformed)
        });
        let account = assumed.map_err(|problem| problem.refuses(assume))?;
        lock(&self.accounts).insert(name.into(), account);
        Ok(())
    }

    fn values(&self, name: &str) -> BTreeMap<String, String> {
        let account = lock(&self.accounts).get(name).cloned();
        let account = account.unwrap_or_default();
        BTreeMap::from([
            ("account".into(), account.number.to_string()),
            ("access_key".into(), account.access_key),
            ("secret_key".into(), account.secret_key),
            ("session_token".into(), account.session_token),
        ])
    }

    fn remove(&self, name: &str, patience: &Patience<'_>) -> Result<(), Problem> {
        self.of("DELETE", name, patience)?;
        lock(&self.accounts).remove(name);
        Ok(())
    }

    /// Its keys stay the same.
    fn renew(
        &self,
        _template: Option<&str>,
        name: &str,
        patience: &Patience<'_>,
    ) -> Result<(), Refused> {
        let emptied = self.of("POST", name, patience);
        emptied.map_err(|problem| problem.refuses(format!("empty the account of {name}")))
    }

    /// It is a session's own, and ends with it.
    fn names(&self, _patience: &Patience<'_>) -> Result<Vec<String>, Problem> {
        Ok(Vec::new())
    }
}

impl Aws {
    /// Has the server do something with the account of this name, if there is one.
    fn of(&self, method: &str, name: &str, patience: &Patience<'_>) -> Result<(), Problem> {
        let number = lock(&self.accounts).get(name).map(|account| account.number);
        match number {
            Some(number) => {
                let what = format!("{method} /fixtured/accounts/{number}");
                self.api.demand(&what, b"", patience).map(drop)
            }
            None => Ok(()),
        }
    }
}

/// An account, by an answer that has the keys of a role.
fn assumed(number: u64, answer: &str) -> Option<Account> {
    let element = |name: &str| {
        let (_, rest) = answer.split_once(&format!("<{name}>"))?;
        let (text, _) = rest.split_once(&format!("</{name}>"))?;
        Some(text.to_owned())
    };
    Some(Account {
        number,
        access_key: element("AccessKeyId")?,
        secret_key: element("SecretAccessKey")?,
        session_token: element("SessionToken")?,
    })
}
