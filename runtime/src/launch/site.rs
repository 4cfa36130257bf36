//! What a definition may speak of.

use std::sync::OnceLock;

use super::placeholder::Subject;
use super::text::mark;

/// The addresses that a definition may speak of, ready to be written into texts: what the supervisor fills in when it has found a place
/// for the daemon. Nothing else in a text is filled in.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Site {
    /// The instance's own directory.
    pub dir: &'static str,
    /// The leased port.
    pub port: &'static str,
    /// A random word of the instance's own, for a password: letters and digits.
    pub secret: &'static str,
    /// The directory that a [`Step::Template`](super::Step::Template) makes, in the steps that make it.
    pub template: &'static str,
}

impl Site {
    /// The site of any instance.
    pub(crate) fn symbolic() -> &'static Self {
        static SITE: OnceLock<Site> = OnceLock::new();
        let subjects = || {
            let all = [
                Subject::Directory("".into()),
                Subject::Port("".into()),
                Subject::Secret,
                Subject::Template,
            ];
            // It is there as long as the process.
            all.map(|subject| &*mark(&subject.into()).leak())
        };
        SITE.get_or_init(|| {
            let [dir, port, secret, template] = subjects();
            Self {
                dir,
                port,
                secret,
                template,
            }
        })
    }

    /// A further leased port.
    pub fn port_named(&self, name: &str) -> String {
        mark(&Subject::Port(name.into()).into())
    }

    /// A further directory: one of [`Launch::directories`](super::Launch::directories).
    pub fn dir_named(&self, name: &str) -> String {
        mark(&Subject::Directory(name.into()).into())
    }

    /// The value of this name, of [`Launch::values`](super::Launch::values): what isolation has made of it.
    pub fn value(&self, name: &str) -> String {
        mark(&Subject::Value(name.into()).into())
    }
}
