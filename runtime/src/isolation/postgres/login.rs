//! Authentication at a server that requires a password.

use std::io;

/// What is known of oneself.
pub(super) struct Login<'a> {
    #[cfg_attr(
        not(feature = "scram"),
        expect(dead_code, reason = "only hashes need it")
    )]
    user: &'a str,
    password: &'a str,
    #[cfg(feature = "scram")]
    scram: Option<postgres_protocol::authentication::sasl::ScramSha256>,
}

/// What to answer.
pub(super) enum Answer {
    Send(Vec<u8>),
    #[cfg_attr(
        not(feature = "scram"),
        expect(dead_code, reason = "only hashes take several steps")
    )]
    Nothing,
    /// The server is convinced.
    Done,
}

impl<'a> Login<'a> {
    pub(super) fn new(user: &'a str, password: &'a str) -> Self {
        Self {
            user,
            password,
            #[cfg(feature = "scram")]
            scram: None,
        }
    }

    /// Answers a question, which is a number in four bytes and what belongs to it.
    pub(super) fn answer(&mut self, question: &[u8]) -> io::Result<Answer> {
        let (number, rest) = question.split_at_checked(4).unwrap_or_default();
        match number {
            [0, 0, 0, 0] => Ok(Answer::Done),
            [0, 0, 0, 3] => Ok(Answer::Send([self.password.as_bytes(), &[0]].concat())),
            _ => self.hash(number, rest),
        }
    }

    #[cfg(not(feature = "scram"))]
    fn hash(&mut self, _: &[u8], _: &[u8]) -> io::Result<Answer> {
        Err(io::Error::other(
            "the server wants the password as a hash (scram-sha-256 or md5): enable the feature `scram` of fixtured",
        ))
    }

    #[cfg(feature = "scram")]
    fn hash(&mut self, number: &[u8], rest: &[u8]) -> io::Result<Answer> {
        use postgres_protocol::authentication::md5_hash;
        use postgres_protocol::authentication::sasl::{ChannelBinding, SCRAM_SHA_256, ScramSha256};
        match (number, self.scram.as_mut()) {
            ([0, 0, 0, 5], _) => {
                let salt = rest.try_into().map_err(io::Error::other)?;
                let hash = md5_hash(self.user.as_bytes(), self.password.as_bytes(), salt);
                Ok(Answer::Send([hash.as_bytes(), &[0]].concat()))
            }
            ([0, 0, 0, 10], _) => {
                let scram =
                    ScramSha256::new(self.password.as_bytes(), ChannelBinding::unsupported());
                let first = scram.message();
                let length = u32::try_from(first.len()).map_err(io::Error::other)?;
                let mechanism = [SCRAM_SHA_256.as_bytes(), &[0]].concat();
                let answer = [&mechanism, &length.to_be_bytes()[..], first].concat();
                self.scram = Some(scram);
                Ok(Answer::Send(answer))
            }
            ([0, 0, 0, 11], Some(scram)) => {
                scram.update(rest)?;
                Ok(Answer::Send(scram.message().to_vec()))
            }
            ([0, 0, 0, 12], Some(scram)) => {
                scram.finish(rest)?;
                Ok(Answer::Nothing)
            }
            _ => Err(io::Error::other(
                "the server wants a proof that is not known here",
            )),
        }
    }
}
