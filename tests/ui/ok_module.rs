//! Attributes on modules.
#![deny(warnings, clippy::all)]

#[fixtured::fixture(redis)]
mod one {
    use std::path::Path;

    #[test]
    fn receives(url: &str, dir: &Path) {
        let _ = (url, dir, length(url));
    }

    #[tokio::test]
    async fn receives_async(redis_port: u16) {
        let _ = redis_port;
    }

    fn length(url: &str) -> usize {
        url.len()
    }

    mod nested {
        #[test]
        #[ignore = "slow"]
        fn receives_too(url: String) {
            let _ = url;
        }
    }
}

#[fixtured::fixture(postgres)]
#[fixtured::with_daemon("my-server {postgres.url}")]
mod two {
    use fixtured::fixture;

    #[fixture(redis)]
    #[test]
    fn receives_all(postgres_url: &str, my_server_port: u16, redis_url: &str) {
        let _ = (postgres_url, my_server_port, redis_url);
    }
}
