::core::compile_error! { "missing value for `scope`: write `scope = …`" }
const _: () = {};
#[allow(dead_code)]
#[cfg(unix)]
async fn f(a: u8, url: &str) -> u8 {
    body
}
