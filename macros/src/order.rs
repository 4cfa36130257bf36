//! When each fixture is begun and when it is waited for.

/// One line of the generated set-up; the number is the fixture's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Step {
    Begin(usize),
    Ready(usize),
}

/// Begins each fixture as early as what it needs allows, and waits first for those that others
/// need.
///
/// `needs` has for each fixture the ones that must be ready before it. A cycle is the error.
pub(crate) fn steps(needs: &[Vec<usize>]) -> Result<Vec<Step>, Vec<usize>> {
    let mut steps = Vec::new();
    let mut waiting: Vec<_> = needs.iter().enumerate().collect();
    let mut begun = Vec::new();
    let mut ready = Vec::new();
    loop {
        waiting.retain(|&(fixture, needs)| {
            let can_begin = needs.iter().all(|need| ready.contains(need));
            if can_begin {
                steps.push(Step::Begin(fixture));
                begun.push(fixture);
            }
            !can_begin
        });
        let is_needed = |fixture| waiting.iter().any(|(_, needs)| needs.contains(fixture));
        let Some(next) = begun
            .iter()
            .position(is_needed)
            .or((!begun.is_empty()).then_some(0))
        else {
            break;
        };
        let fixture = begun.remove(next);
        steps.push(Step::Ready(fixture));
        ready.push(fixture);
    }
    if waiting.is_empty() {
        Ok(steps)
    } else {
        Err(cycle(&waiting))
    }
}

/// Follows what cannot begin to what it needs that cannot begin either, until one comes again.
fn cycle(waiting: &[(usize, &Vec<usize>)]) -> Vec<usize> {
    let blocked = |fixture: usize| waiting.iter().find(|(other, _)| *other == fixture);
    let mut path: Vec<usize> = Vec::new();
    let mut next = waiting.first();
    while let Some(&(fixture, needs)) = next {
        if let Some(start) = path.iter().position(|&passed| passed == fixture) {
            return path.split_off(start);
        }
        path.push(fixture);
        next = needs.iter().find_map(|&need| blocked(need));
    }
    path
}

#[cfg(test)]
mod tests {
    use super::{Step::*, *};

    fn check<const N: usize>(needs: [&[usize]; N], expected: Result<&[Step], &[usize]>) {
        let needs: Vec<_> = needs.iter().map(|needs| needs.to_vec()).collect();
        let found = steps(&needs);
        assert_eq!(found.as_deref().map_err(Vec::as_slice), expected);
    }

    #[test]
    fn independent_fixtures_are_begun_before_any_is_waited_for() {
        check([&[], &[]], Ok(&[Begin(0), Begin(1), Ready(0), Ready(1)]));
    }

    #[test]
    fn a_fixture_that_others_need_is_waited_for_first() {
        check(
            [&[2], &[], &[]],
            Ok(&[Begin(1), Begin(2), Ready(2), Begin(0), Ready(1), Ready(0)]),
        );
    }

    #[test]
    fn needing_the_same_twice_is_needing_it() {
        check(
            [&[1, 1], &[]],
            Ok(&[Begin(1), Ready(1), Begin(0), Ready(0)]),
        );
    }

    #[test]
    fn a_cycle_has_only_those_that_wait_for_each_other() {
        check([&[0]], Err(&[0]));
        check([&[1], &[2], &[1]], Err(&[1, 2]));
        check([&[], &[2], &[1], &[1]], Err(&[1, 2]));
    }
}
