//! A hundred tests.

fixtured_same_keys::tests! { a b c d e f g h i j }
