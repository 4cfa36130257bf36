//! The tests 1 to 14.

fixtured_forty::tests! { t01 t02 t03 t04 t05 t06 t07 t08 t09 t10 t11 t12 t13 t14 }
