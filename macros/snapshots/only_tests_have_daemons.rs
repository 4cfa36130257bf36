::core::compile_error! {
    "expected a test function or a `mod … { … }` of tests"
}
struct S;
