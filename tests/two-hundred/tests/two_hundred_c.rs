//! Sixty tests.

fixtured_two_hundred::tests! { a b c d e f }
