#[cfg_attr(miri, ignore)]
#[test]
fn creates_a_user() {
    fn creates_a_user(api_url: &str, postgres: &Instance<Postgres>) {
        body
    }
    #[allow(unused_imports)]
    use with_daemon as _;
    let __fixtured = ::fixtured::__private::Test::new(::core::concat!(
        ::core::module_path!(),
        "::",
        "creates_a_user"
    ));
    let __fixtured_postgres = __fixtured.begin(
        ::fixtured::daemons::postgres().init("migrations/"),
        ::core::option::Option::None
    );
    let ::core::option::Option::Some(__fixtured_postgres) = __fixtured.ready(__fixtured_postgres)
    else {
        return ::fixtured::__private::Outcome::skipped();
    };
    let __fixtured_postgres: &::fixtured::Instance<_> = &__fixtured_postgres;
    let __fixtured_api = __fixtured.begin(
        ::fixtured::daemons::Program::bin(
            "api",
            ::core::env!(
                "CARGO_BIN_EXE_api",
                "no binary named `api` in this package, or not an integration test: cargo sets the paths of binaries only for tests and benchmarks outside `src`"
            )
        )
            .env([
                ("DATABASE_URL", ::std::format!(
                        "{}",
                        ::fixtured::__private::Text::text(__fixtured_postgres.url())
                    ).as_str()),
                ("PORT", "{port}")
            ])
            .http("http://127.0.0.1:{port}/health"),
        ::core::option::Option::Some(::fixtured::Scope::Test)
    );
    let ::core::option::Option::Some(__fixtured_api) = __fixtured.ready(__fixtured_api) else {
        return ::fixtured::__private::Outcome::skipped();
    };
    let __fixtured_api: &::fixtured::Instance<_> = &__fixtured_api;
    __fixtured.finish(creates_a_user(__fixtured_api.url(), __fixtured_postgres))
}
