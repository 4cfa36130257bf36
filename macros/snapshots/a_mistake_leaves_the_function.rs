::core::compile_error! { "`scope` has no value: write `scope = …`" }
const _: () = {};
#[allow(dead_code)]
#[cfg(unix)]
async fn f(a: u8, url: &str) -> u8 {
    body
}
