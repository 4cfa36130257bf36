//! A test whose attributes and parameters have been checked against each other.

use std::iter::once;

use syn::{Error, Result};

use crate::{
    attribute::Written,
    fixture::Fixture,
    item::Function,
    order::{self, Step},
    parameter::Parameter,
    placeholder::{Filled, Need, fill},
};

pub(crate) struct Test<'a> {
    pub(crate) fixtures: Vec<Fixture>,
    pub(crate) parameters: Vec<Parameter<'a>>,
    pub(crate) steps: Vec<Step>,
}

impl<'a> Test<'a> {
    /// `first` is the attribute that is being expanded; the function has the others.
    pub(crate) fn new(first: &Written, function: &'a Function) -> Result<Self> {
        let mut fixtures: Vec<_> = once(first)
            .chain(&function.written)
            .map(Fixture::new)
            .collect::<Result<_>>()?;
        let names = distinct_names(&fixtures)?;
        let mut needs = Vec::new();
        for fixture in &mut fixtures {
            let filled = fill(std::mem::take(&mut fixture.daemon), fixture.owner, &names)?;
            let Filled {
                tokens,
                needs: of_this,
            } = filled;
            fixture.daemon = tokens;
            needs.push(of_this);
        }
        let steps = steps(&needs, &names)?;
        let parameters = Parameter::all(function, &names)?;
        Ok(Self {
            fixtures,
            parameters,
            steps,
        })
    }
}

fn distinct_names(fixtures: &[Fixture]) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for Fixture { name, span, .. } in fixtures {
        if names.contains(name) {
            let message = format!(
                "duplicate fixture name `{name}`: rename this one with `as`, \
                 as in `… as other_{name}`"
            );
            return Err(Error::new(*span, message));
        }
        names.push(name.clone());
    }
    Ok(names)
}

fn steps(needs: &[Vec<Need>], names: &[String]) -> Result<Vec<Step>> {
    let numbers: Vec<_> = needs
        .iter()
        .map(|needs| needs.iter().map(|need| need.fixture).collect())
        .collect();
    order::steps(&numbers).map_err(|cycle| {
        let called = |fixture: usize| names.get(fixture).map_or("", |name| name);
        let first = cycle.first().copied().unwrap_or_default();
        let next = cycle.get(1).copied().unwrap_or(first);
        let span = needs
            .get(first)
            .into_iter()
            .flatten()
            .find(|need| need.fixture == next);
        let message = match &*cycle {
            [itself] => format!(
                "`{0}` refers to itself: write `{{port}}` or `{{dir}}` for its own values",
                called(*itself),
            ),
            _ => {
                let path: Vec<_> = cycle
                    .iter()
                    .chain([&first])
                    .map(|&f| format!("`{}`", called(f)))
                    .collect();
                format!("cyclic fixtures, none can start: {}", path.join(" needs "))
            }
        };
        Error::new(
            span.map_or_else(proc_macro2::Span::call_site, |need| need.span),
            message,
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{attribute::Kind, item::Item, text::written};

    fn check(first: &str, function: &str, expected: &str) {
        let Item::Function(function) = syn::parse_str(function).unwrap() else {
            panic!("no function: {function}");
        };
        let error = Test::new(&written(Kind::WithDaemon, first), &function).err();
        assert_eq!(error.unwrap().to_string(), expected);
    }

    #[test]
    fn names_are_distinct() {
        check(
            r#""a 1""#,
            r#"#[with_daemon("a 2")] fn f() {}"#,
            "duplicate fixture name `a`: rename this one with `as`, \
             as in `… as other_a`",
        );
    }

    #[test]
    fn a_fixture_does_not_wait_for_itself() {
        check(
            r#""a {a.port}""#,
            "fn f() {}",
            "`a` refers to itself: write `{port}` or `{dir}` for its own values",
        );
        check(
            r#""a {b.port}""#,
            r#"#[fixtured::with_daemon("b {a.port}")] fn f() {}"#,
            "cyclic fixtures, none can start: `a` needs `b` needs `a`",
        );
    }

    #[test]
    fn parameters_have_names() {
        check(
            r#""a""#,
            "fn f(&self) {}",
            "unexpected `self`: write the test as a function",
        );
        check(
            r#""a""#,
            "fn f((a, b): (u8, u8)) {}",
            "expected a parameter name, which selects what the test receives: write a name and \
             destructure it in the body",
        );
    }
}
