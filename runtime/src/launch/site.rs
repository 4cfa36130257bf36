//! The placeholders for a definition.

use std::sync::OnceLock;

use super::placeholder::Subject;
use super::text::mark;

/// Placeholders for what is not known before the start: directories, ports, a secret and values.
///
/// Insert them into the strings of a [`Launch`](super::Launch) with `format!`. The supervisor replaces them when it starts the daemon.
/// Nothing else in a string is replaced.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Site {
    /// The instance's own directory.
    pub dir: &'static str,
    /// The leased port.
    pub port: &'static str,
    /// A random string of letters and digits for passwords, different for each instance.
    pub secret: &'static str,
    /// The directory that a [`Step::Template`](super::Step::Template) creates; for its `build` steps.
    pub template: &'static str,
}

impl Site {
    /// The site, which is the same for all instances of this process.
    pub(crate) fn symbolic() -> &'static Self {
        static SITE: OnceLock<Site> = OnceLock::new();
        let subjects = || {
            let all = [
                Subject::Directory("".into()),
                Subject::Port("".into()),
                Subject::Secret,
                Subject::Template,
            ];
            // It lives as long as the process.
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

    /// An additional leased port, one per name.
    pub fn port_named(&self, name: &str) -> String {
        mark(&Subject::Port(name.into()).into())
    }

    /// An additional directory, one of [`Launch::directories`](super::Launch::directories).
    pub fn dir_named(&self, name: &str) -> String {
        mark(&Subject::Directory(name.into()).into())
    }

    /// One of [`Launch::values`](super::Launch::values), after isolation has replaced it.
    pub fn value(&self, name: &str) -> String {
        mark(&Subject::Value(name.into()).into())
    }
}
