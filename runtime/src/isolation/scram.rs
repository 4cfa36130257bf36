//! SCRAM-SHA-256 ([RFC 5802](https://www.rfc-editor.org/rfc/rfc5802), [RFC 7677](https://www.rfc-editor.org/rfc/rfc7677)): both sides prove
//! that they know the password, and neither sends it.

use std::borrow::Cow;
use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac_sha256::{HMAC, Hash};

use crate::random;

pub(super) const MECHANISM: &str = "SCRAM-SHA-256";

/// A million iterations take some 3 s unoptimised. PostgreSQL's default is 4096, MongoDB's 15,000; nothing may make us compute for hours.
const MOST_ITERATIONS: u32 = 1_000_000;

/// That there is no channel binding, and nobody to act for.
const HEADER: &str = "n,,";

/// One login.
pub(super) struct Scram {
    password: Vec<u8>,
    nonce: String,
    /// The first message without its header.
    first: String,
    /// What proves that the server knows the password, once it is known.
    signature: Option<[u8; 32]>,
    verified: bool,
}

impl Scram {
    /// The user is empty for a server that knows it already.
    pub(super) fn new(user: &str, password: &str) -> io::Result<Self> {
        let nonce = BASE64.encode(random::bytes::<18>()?);
        Ok(Self::with_nonce(user, password, nonce))
    }

    fn with_nonce(user: &str, password: &str, nonce: String) -> Self {
        let user = user.replace('=', "=3D").replace(',', "=2C");
        Self {
            password: prepared(password).as_bytes().into(),
            first: format!("n={user},r={nonce}"),
            nonce,
            signature: None,
            verified: false,
        }
    }

    /// The first message.
    pub(super) fn begin(&self) -> String {
        format!("{HEADER}{}", self.first)
    }

    /// Answers the server's first message with the proof.
    pub(super) fn prove(&mut self, server_first: &[u8]) -> io::Result<String> {
        let server_first = text(server_first)?;
        let mut fields = server_first.split(',');
        let mut field = |name: &str| {
            let found = fields.next().and_then(|field| field.strip_prefix(name));
            found.ok_or_else(|| malformed("its first message"))
        };
        let (nonce, salt, iterations) = (field("r=")?, field("s=")?, field("i=")?);
        let ours = nonce.strip_prefix(&self.nonce);
        if ours.is_none_or(str::is_empty) {
            return Err(malformed("the nonce"));
        }
        let salt = BASE64.decode(salt).map_err(|_| malformed("the salt"))?;
        let iterations: u32 = iterations
            .parse()
            .map_err(|_| malformed("the number of iterations"))?;
        if !(1..=MOST_ITERATIONS).contains(&iterations) {
            let wanted = format!(
                "the server wants {iterations} iterations of the password's hash, of which fixtured computes 1 to {MOST_ITERATIONS}"
            );
            return Err(io::Error::other(wanted));
        }
        let salted = salted(&self.password, &salt, iterations);
        let last = format!("c={},r={nonce}", BASE64.encode(HEADER));
        let all = format!("{},{server_first},{last}", self.first);
        let client_key = HMAC::mac("Client Key", salted);
        let proof = xor(client_key, HMAC::mac(&all, Hash::hash(&client_key)));
        self.signature = Some(HMAC::mac(&all, HMAC::mac("Server Key", salted)));
        Ok(format!("{last},p={}", BASE64.encode(proof)))
    }

    /// Checks the server's last message. An impostor, who does not know the password, cannot make it.
    pub(super) fn verify(&mut self, server_last: &[u8]) -> io::Result<()> {
        let signature = text(server_last)?.strip_prefix("v=");
        let signature = signature.and_then(|signature| BASE64.decode(signature).ok());
        self.verified = signature.is_some() && signature == self.signature.map(Into::into);
        match self.verified {
            true => Ok(()),
            false => Err(io::Error::other(
                "the server does not know the password that it asks for (its SCRAM signature is wrong)",
            )),
        }
    }

    /// Returns whether the server has proved that it knows the password.
    pub(super) fn is_verified(&self) -> bool {
        self.verified
    }
}

/// The password as the server has hashed it. Like libpq, this takes what SASLprep does not allow as it is.
fn prepared(password: &str) -> Cow<'_, str> {
    stringprep::saslprep(password).unwrap_or(Cow::Borrowed(password))
}

/// Makes a password expensive to guess (PBKDF2).
fn salted(password: &[u8], salt: &[u8], iterations: u32) -> [u8; 32] {
    let keyed = HMAC::new(password);
    let mac = |parts: &[&[u8]]| {
        let mut mac = keyed.clone();
        parts.iter().for_each(|part| mac.update(part));
        mac.finalize()
    };
    let first = mac(&[salt, &1_u32.to_be_bytes()]);
    let more = std::iter::successors(Some(first), |last| Some(mac(&[last])));
    let more = more.skip(1).take(iterations as usize - 1);
    more.fold(first, xor)
}

fn xor(mut one: [u8; 32], other: [u8; 32]) -> [u8; 32] {
    for (byte, other) in one.iter_mut().zip(other) {
        *byte ^= other;
    }
    one
}

fn text(message: &[u8]) -> io::Result<&str> {
    str::from_utf8(message).map_err(|_| malformed("its message"))
}

fn malformed(what: &str) -> io::Error {
    io::Error::other(format!("the server's SCRAM makes no sense: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONCE: &str = "rOprNGfwEbeRWgbNEkqO";

    const SERVER_FIRST: &str =
        "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";

    const SERVER_LAST: &str = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

    fn login() -> Scram {
        Scram::with_nonce("user", "pencil", NONCE.into())
    }

    /// The example of RFC 7677, section 3.
    #[test]
    fn it_is_what_the_standard_says() {
        let mut login = login();
        assert_eq!(login.begin(), "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
        assert_eq!(
            login.prove(SERVER_FIRST.as_bytes()).unwrap(),
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
        );
        assert!(!login.is_verified());
        login.verify(SERVER_LAST.as_bytes()).unwrap();
        assert!(login.is_verified());
    }

    #[test]
    fn a_user_may_have_any_letters() {
        let login = Scram::with_nonce("a=b,c", "pencil", NONCE.into());
        assert_eq!(login.begin(), "n,,n=a=3Db=2Cc,r=rOprNGfwEbeRWgbNEkqO");
    }

    #[test]
    fn an_impostor_is_found_out() {
        for wrong in [
            "",
            "v=",
            "e=other-error",
            &SERVER_LAST.replace("6rri", "6rrj"),
        ] {
            let mut login = login();
            // There is no signature before the server's first message.
            assert!(login.verify(b"v=").is_err());
            login.prove(SERVER_FIRST.as_bytes()).unwrap();
            assert!(login.verify(wrong.as_bytes()).is_err(), "{wrong}");
            assert!(!login.is_verified());
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for (wrong, wanted) in [
            ("", "its first message"),
            (&*SERVER_FIRST.replace(",i=4096", ""), "its first message"),
            (&SERVER_FIRST.replace("r=rO", "r=xO"), "the nonce"),
            (
                "r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
                "the nonce",
            ),
            (&SERVER_FIRST.replace("W22Z", "W2*Z"), "the salt"),
            (&SERVER_FIRST.replace("4096", "many"), "the number"),
            (&SERVER_FIRST.replace("4096", "0"), "wants 0 iterations"),
            (
                &SERVER_FIRST.replace("4096", "4000000000"),
                "wants 4000000000 iterations",
            ),
        ] {
            let problem = login().prove(wrong.as_bytes()).unwrap_err().to_string();
            assert!(problem.contains(wanted), "{wrong}: {problem}");
        }
        assert!(login().prove(b"\xff").is_err());
    }

    #[test]
    fn passwords_are_prepared_as_libpq_does() {
        for (password, wanted) in [
            ("pencil", "pencil"),
            ("I\u{ad}X", "IX"),
            ("\u{b2}\u{a0}\u{fb01}", "2 fi"),
            ("e\u{301}", "\u{e9}"),
            // Not allowed: a control character, a character of a later Unicode, and two directions.
            ("\u{b2}\u{7}", "\u{b2}\u{7}"),
            ("\u{b2}\u{1f600}", "\u{b2}\u{1f600}"),
            ("\u{627}1", "\u{627}1"),
        ] {
            assert_eq!(prepared(password), wanted);
        }
    }
}
