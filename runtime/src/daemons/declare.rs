//! How a definition declares its options and its values: each in one place.
//!
//! ```text
//! declare! {
//!     /// A [NATS](https://nats.io) server.
//!     #[title("NATS")]
//!     #[a_test_gets("a dedicated server")]
//!     pub struct Nats {
//!         /// Listen on this port instead of a leased one.
//!         port(u16): Option<u16>,
//!         /// Require this password of clients.
//!         ///
//!         /// Default: none.
//!         #[value("PASSWORD")]
//!         password(impl Into<String>): Option<String>,
//!     }
//! }
//! ```
//!
//! Each option becomes a field of the type after the colon (a [`Slot`](super::slot::Slot)), a method with the arguments in parentheses, and an option
//! of the command line, whose help is the first line of the documentation. What is optional:
//!
//! - `#[value("NAME")]`: how help shows the value, if not by the type;
//! - `#[pifpaf("6379")]`: what pifpaf takes when the option is not given;
//! - `#[cli("ssl_key")]`: its name on the command line, if that is not the method's with hyphens;
//! - `setting(impl Into<String>, impl Into<String>)`: a method with two arguments;
//! - `#[several(settings(impl IntoIterator<…>))]`: a further method, which takes a list of what that method takes;
//! - `init<Kind>(impl Init<Kind>): Slot = Init::read`: a function that makes the slot's value from the arguments.
//!
//! ```text
//! values! { Nats {
//!     /// The user that has the password; empty if none is required.
//!     username: String,
//! } }
//! ```
//!
//! makes the struct `Values`, all of whose fields a launch must fill in, and `Instance::<Nats>::username`. A value is a `String`, a `Path`
//! (shown as one), or an `Option<String>`, whose method panics if there is none. `namespace: String = "prefix"` is the value `prefix`, read by
//! the method `namespace`.

/// Declares a daemon and its options.
macro_rules! declare {
    (
        $(#[doc = $doc:literal])*
        #[title($title:expr)]
        #[a_test_gets($gets:literal)]
        pub struct $daemon:ident $(<$brand:ident: $bound:path>)? { $(
            #[doc = $help:literal] $(#[doc = $more:literal])*
            $(#[value($shown:literal)])? $(#[pifpaf($default:literal)])? $(#[cli($name:literal)])?
            $(#[several($several:ident($list:ty))])?
            $option:ident $(<$kind:ident>)? ($argument:ty $(, $second:ty)?): $slot:ty $(= $convert:path)?,
        )* }
    ) => {
        $(#[doc = $doc])*
        ///
        #[doc = concat!("Each test gets ", $gets, ".")]
        #[derive(Clone, Debug, Default)]
        pub struct $daemon $(<$brand: $bound>)? {
            $($option: $slot,)*
            $(brand: std::marker::PhantomData<fn() -> $brand>,)?
        }

        impl $(<$brand: $bound>)? $daemon $(<$brand>)? { $(
            #[doc = $help] $(#[doc = $more])*
            pub fn $option $(<$kind>)? (mut self, $option: $argument $(, value: $second)?) -> Self {
                $crate::daemons::slot::Slot::put(
                    &mut self.$option,
                    $crate::daemons::declare::value!(($option $(, value: $second)?) $($convert)?),
                );
                self
            }

            $(
                #[doc = concat!("Set several at once; see [`", stringify!($option), "`](Self::", stringify!($option), ").")]
                pub fn $several(mut self, $several: $list) -> Self {
                    let all = $several.into_iter().map(|(name, value)| (name.into(), value.into()));
                    $crate::daemons::slot::Slot::put(&mut self.$option, all.collect::<Vec<_>>());
                    self
                }
            )?
        )* }

        impl $(<$brand: $bound>)? $crate::daemons::options::Options for $daemon $(<$brand>)? {
            const TITLE: &'static str = $title;
            const GETS: &'static str = $gets;

            fn options() -> Vec<$crate::daemons::options::Opt<Self>> {
                vec![$($crate::daemons::options::Opt::new(
                    $crate::daemons::options::Declared {
                        name: {
                            const NAMES: &[&str] = &[$($name,)? stringify!($option)];
                            const NAME: &str = $crate::daemons::declare::first(NAMES);
                            const BYTES: [u8; NAME.len()] =
                                $crate::daemons::declare::hyphenated(NAME, NAMES.len() == 1);
                            match std::str::from_utf8(&BYTES) {
                                Ok(name) => name,
                                Err(_) => NAME,
                            }
                        },
                        help: $help,
                        value: [$($shown,)?].first().copied(),
                        pifpaf: [$($default,)?].first().copied(),
                    },
                    |it| &mut it.$option,
                ),)*]
            }
        }
    };
}
pub(super) use declare;

/// The first of several names.
pub(super) const fn first(names: &[&'static str]) -> &'static str {
    match names {
        [name, ..] => name,
        [] => "",
    }
}

/// The name of an option on the command line, with hyphens if it is the method's.
#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, which reports what fails"
)]
pub(super) const fn hyphenated<const LENGTH: usize>(name: &str, is_method: bool) -> [u8; LENGTH] {
    let mut bytes = [0; LENGTH];
    let mut at = 0;
    while at < LENGTH {
        bytes[at] = match name.as_bytes()[at] {
            b'_' if is_method => b'-',
            byte => byte,
        };
        at += 1;
    }
    bytes
}

/// The value that the arguments of an option's method make.
macro_rules! value {
    (($one:ident)) => {
        $one
    };
    (($one:ident) $convert:path) => {
        $convert($one)
    };
    (($one:ident, $two:ident: $type:ty)) => {
        ($one, $two)
    };
    (($one:ident, $two:ident: $type:ty) $convert:path) => {
        $convert($one, $two)
    };
}
pub(super) use value;

/// Declares what a daemon publishes beside its URL.
macro_rules! values {
    ($daemon:ident $(<$brand:ident: $bound:path>)? { $(
        $(#[$doc:meta])* $name:ident: $kind:ident $(<$of:ident>)? $(= $key:literal)?,
    )* }) => {
        /// What it publishes beside its URL.
        struct Values {
            $($name: $crate::daemons::declare::kept!($kind),)*
        }

        impl IntoIterator for Values {
            type Item = (&'static str, String);
            type IntoIter = std::vec::IntoIter<Self::Item>;

            fn into_iter(self) -> Self::IntoIter {
                let all: Vec<(_, Option<String>)> = vec![$((
                    $crate::daemons::declare::first(&[$($key,)? stringify!($name)]),
                    self.$name.into(),
                ),)*];
                let known = all.into_iter().filter_map(|(name, value)| Some((name, value?)));
                known.collect::<Vec<_>>().into_iter()
            }
        }

        impl $(<$brand: $bound>)? $crate::instance::Instance<$daemon $(<$brand>)?> { $(
            $(#[$doc])*
            pub fn $name(&self) -> $crate::daemons::declare::shown!($kind) {
                self.value($crate::daemons::declare::first(&[$($key,)? stringify!($name)])).as_ref()
            }
        )* }
    };
}
pub(super) use values;

/// The type of a value in a launch.
macro_rules! kept {
    (Option) => { Option<String> };
    ($kind:ident) => { String };
}
pub(super) use kept;

/// The type of a value as tests see it.
macro_rules! shown {
    (Path) => {
        &std::path::Path
    };
    ($kind:ident) => {
        &str
    };
}
pub(super) use shown;
