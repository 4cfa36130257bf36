//! The tests 28 to 40.

fixtured_forty::tests! { t28 t29 t30 t31 t32 t33 t34 t35 t36 t37 t38 t39 t40 }
