#[cfg_attr(miri, ignore)]
#[rstest]
#[tokio::test]
async fn waits<T: Tell>(#[case] told: T, other: u8) -> Result<(), E> {
    async fn waits<T: Tell>(mut told: T, sleep_pid: u64, other: u8) -> Result<(), E> {
        body
    }
    let __fixtured = ::fixtured::__private::Test::new(::core::concat!(
        ::core::module_path!(),
        "::",
        "waits"
    ));
    let __fixtured_sleep = __fixtured.begin(
        ::fixtured::daemons::Program::new("sleep 1000"),
        ::core::option::Option::Some(::fixtured::Scope::Session)
    );
    let ::core::option::Option::Some(__fixtured_sleep) = __fixtured.ready(__fixtured_sleep) else {
        return ::fixtured::__private::Outcome::skipped();
    };
    let __fixtured_sleep: &::fixtured::Instance<_> = &__fixtured_sleep;
    __fixtured
        .end(waits(
            told,
            ::core::convert::Into::into(__fixtured_sleep.pid()),
            other
        ))
        .await
}
