//! The attributes of other crates that decide what ours do.

use syn::{Attribute, Meta, Path, Token, punctuated::Punctuated};

/// Returns whether the attribute makes a test of the function, so that ours need not.
pub(crate) fn is_test(attribute: &Attribute) -> bool {
    if attribute.path().is_ident("cfg_attr")
        && let Ok(parts) =
            attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)
    {
        return parts.iter().skip(1).any(|part| names_a_test(part.path()));
    }
    names_a_test(attribute.path())
}

/// Returns whether the attribute passes arguments itself, so that parameters may belong to it.
pub(crate) fn is_parametrizing(attribute: &Attribute) -> bool {
    last_segment(attribute.path()).is_some_and(|name| PARAMETRIZING.contains(&&*name))
}

/// Returns whether the attribute means the same on a function that is no test.
pub(crate) fn is_plain(attribute: &Attribute) -> bool {
    ["cfg", "allow", "expect", "warn", "deny", "forbid"]
        .iter()
        .any(|name| attribute.path().is_ident(name))
}

const PARAMETRIZING: [&str; 7] = [
    "rstest",
    "test_case",
    "test_matrix",
    "case",
    "property_test",
    "quickcheck",
    "parameterized",
];

fn names_a_test(path: &Path) -> bool {
    last_segment(path).is_some_and(|name| {
        name != "cfg_attr" && (name.contains("test") || PARAMETRIZING.contains(&&*name))
    })
}

fn last_segment(path: &Path) -> Option<String> {
    path.segments
        .last()
        .map(|segment| segment.ident.to_string())
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    fn check(attribute: Attribute, test: bool, parametrizing: bool) {
        assert_eq!(is_test(&attribute), test);
        assert_eq!(is_parametrizing(&attribute), parametrizing);
    }

    #[test]
    fn tests_are_known_by_the_end_of_their_path() {
        check(parse_quote!(#[test]), true, false);
        check(parse_quote!(#[::core::prelude::v1::test]), true, false);
        check(
            parse_quote!(#[tokio::test(flavor = "multi_thread")]),
            true,
            false,
        );
        check(parse_quote!(#[test_log::test]), true, false);
        check(parse_quote!(#[rstest]), true, true);
        check(parse_quote!(#[test_case::test_case(1)]), true, true);
        check(parse_quote!(#[quickcheck]), true, true);
    }

    #[test]
    fn other_attributes_are_not_tests() {
        check(parse_quote!(#[cfg(test)]), false, false);
        check(parse_quote!(#[ignore]), false, false);
        check(parse_quote!(#[serial_test::serial]), false, false);
        check(parse_quote!(#[doc = "test"]), false, false);
    }

    #[test]
    fn conditional_attributes_are_looked_into() {
        check(parse_quote!(#[cfg_attr(not(miri), test)]), true, false);
        check(parse_quote!(#[cfg_attr(test, ignore)]), false, false);
    }
}
