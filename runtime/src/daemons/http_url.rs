//! `http_url` of the daemons whose `url` is one, so that whoever guesses the name of the method is right.

use super::{
    Aws, Azurite, Envoy, Haproxy, Httpbin, Nginx, Openbao, Prometheus, Vault, Victoriametrics,
    Wiremock,
};
use crate::instance::Instance;

macro_rules! http_url {
    ($($daemon:ident),*) => {
        $(
            impl Instance<$daemon> {
                /// The URL for HTTP clients; the same as [`url`](Self::url).
                pub fn http_url(&self) -> &str {
                    self.url()
                }
            }
        )*

        #[cfg(test)]
        const HERE: &[&str] = &[$(stringify!($daemon)),*];
    };
}

http_url!(
    Aws,
    Azurite,
    Envoy,
    Haproxy,
    Httpbin,
    Nginx,
    Openbao,
    Prometheus,
    Vault,
    Victoriametrics,
    Wiremock
);

#[cfg(test)]
mod tests {
    use super::HERE;
    use crate::daemons::all::ALL;
    use crate::launch::serialized;

    #[test]
    fn every_daemon_that_speaks_http_has_it() {
        let launches = ALL.iter().map(|entry| (entry.name(), (entry.launch)()));
        let missing = launches.filter(|(name, launch)| {
            serialized(&launch.url).starts_with("http://")
                && !launch.values.contains_key("http_url")
                && !HERE.iter().any(|here| here.eq_ignore_ascii_case(name))
        });
        let missing: Vec<_> = missing.map(|(name, _)| name).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
