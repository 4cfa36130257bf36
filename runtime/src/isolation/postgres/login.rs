//! Authentication at a server that requires a password.

use std::io;

use crate::isolation::scram::{MECHANISM, Scram};

/// One login of this user.
pub(super) struct Login<'a> {
    user: &'a str,
    password: &'a str,
    scram: Option<Scram>,
}

/// What to answer.
#[derive(Debug, PartialEq)]
pub(super) enum Answer {
    Send(Vec<u8>),
    Nothing,
    /// The server is convinced.
    Done,
}

impl<'a> Login<'a> {
    pub(super) fn new(user: &'a str, password: &'a str) -> Self {
        Self {
            user,
            password,
            scram: None,
        }
    }

    /// Answers a request, which is a number in four bytes and what belongs to it.
    pub(super) fn answer(&mut self, request: &[u8]) -> io::Result<Answer> {
        let (number, rest) = request.split_at_checked(4).unwrap_or_default();
        match (number, &mut self.scram) {
            ([0, 0, 0, 0], Some(scram)) if !scram.is_verified() => Err(io::Error::other(
                "the server ended the authentication without proving that it knows the password",
            )),
            ([0, 0, 0, 0], _) => Ok(Answer::Done),
            ([0, 0, 0, 3], _) => Ok(terminated(self.password.into())),
            ([0, 0, 0, 5], _) => Ok(terminated(self.md5(rest))),
            ([0, 0, 0, 10], _) => self.begin_scram(rest),
            ([0, 0, 0, 11], Some(scram)) => Ok(Answer::Send(scram.prove(rest)?.into())),
            ([0, 0, 0, 12], Some(scram)) => scram.verify(rest).map(|()| Answer::Nothing),
            ([0, 0, 0, number], _) => Err(unknown(&format!("of kind {number}"))),
            _ => Err(unknown("that makes no sense")),
        }
    }

    /// What servers want whose passwords are from before version 10 or from `password_encryption = 'md5'`.
    fn md5(&self, salt: &[u8]) -> String {
        let hash = |parts: [&[u8]; 2]| format!("{:x}", md5::compute(parts.concat()));
        let known = hash([self.password.as_bytes(), self.user.as_bytes()]);
        format!("md5{}", hash([known.as_bytes(), salt]))
    }

    fn begin_scram(&mut self, mechanisms: &[u8]) -> io::Result<Answer> {
        let mut mechanisms = mechanisms.split(|byte| *byte == 0);
        if !mechanisms.any(|mechanism| mechanism == MECHANISM.as_bytes()) {
            return Err(unknown("by SASL without SCRAM-SHA-256"));
        }
        // The user is in the startup message.
        let scram = Scram::new("", self.password)?;
        let first = scram.begin();
        let length = u32::try_from(first.len()).map_err(io::Error::other)?;
        self.scram = Some(scram);
        let answer = [
            MECHANISM.as_bytes(),
            &[0],
            &length.to_be_bytes(),
            first.as_bytes(),
        ];
        Ok(Answer::Send(answer.concat()))
    }
}

fn terminated(text: String) -> Answer {
    Answer::Send([text.as_bytes(), &[0]].concat())
}

fn unknown(what: &str) -> io::Error {
    io::Error::other(format!(
        "the server wants a proof {what}; fixtured knows passwords in plain text, as MD5 and by SCRAM-SHA-256 only"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_skips_its_own_proof_is_refused() {
        let mut login = Login::new("me", "secret");
        let Ok(Answer::Send(first)) = login.answer(b"\0\0\0\x0aSCRAM-SHA-256\0\0") else {
            unreachable!("it begins");
        };
        assert!(first.starts_with(b"SCRAM-SHA-256\0\0\0\0\x20n,,n=,r="));
        let problem = login.answer(&[0, 0, 0, 0]).unwrap_err().to_string();
        assert!(problem.contains("without proving"), "{problem}");
    }

    #[test]
    fn what_is_not_known_is_said() {
        for (request, wanted) in [
            (&b"\0\0\0\x0aSCRAM-SHA-256-PLUS\0\0"[..], "by SASL"),
            (b"\0\0\0\x07", "of kind 7"),
            (b"\0\0\0\x0b", "of kind 11"),
            (b"\0", "makes no sense"),
        ] {
            let problem = Login::new("me", "secret").answer(request).unwrap_err();
            assert!(problem.to_string().contains(wanted), "{problem}");
        }
    }

    /// The example is what `SELECT 'md5' || md5('secretme')` gives, hashed again with the salt.
    #[test]
    fn passwords_are_sent_as_they_are_asked_for() {
        let mut login = Login::new("me", "secret");
        let plain = Answer::Send(b"secret\0".into());
        assert_eq!(login.answer(&[0, 0, 0, 3]).unwrap(), plain);
        let Ok(Answer::Send(hash)) = login.answer(b"\0\0\0\x05salt") else {
            unreachable!("it answers");
        };
        assert_eq!(
            String::from_utf8_lossy(&hash),
            "md541c83370953958037c7298c50b238bda\0"
        );
    }
}
