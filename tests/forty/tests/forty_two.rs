//! The tests 15 to 27.

fixtured_forty::tests! { t15 t16 t17 t18 t19 t20 t21 t22 t23 t24 t25 t26 t27 }
