::core::compile_error! {
    "daemons belong to tests: write this attribute on a test function or on a `mod … { … }` of them"
}
struct S;
