//! Pools of servers beside which there may be others.

use super::*;

/// Of a server beside which there may be others.
fn one_of_several(fake: &Fake, init: Init, preparations: &Arc<Preparations>) -> Pool {
    let preparations = Some(Arc::clone(preparations));
    Pool::of(Box::new(fake.clone()), String::new(), init, preparations)
}

impl Taken {
    fn is_elsewhere(&self) -> bool {
        matches!(self, Self::Elsewhere)
    }
}

#[test]
fn what_belongs_to_all_databases_is_found_by_nobody_else() {
    let (fake, preparations) = (Fake::default(), Arc::default());
    let take = |pool: &Pool| pool.take("a", true, &long()).unwrap();
    let pool = |init| one_of_several(&fake, init, &preparations);
    // One alone may make what it likes.
    let first = pool(function());
    let claim = take(&first).claim();
    fake.set(|seen| seen.global.push("role".into()));
    claim.end(Ok(()), &long()).unwrap();
    drop(take(&first).database());
    // The next one begins elsewhere, but for those that add nothing of users.
    let second = pool(scripts());
    assert!(take(&second).is_elsewhere() && take(&second).is_elsewhere());
    drop(take(&pool(Init::default())).database());
    assert_eq!(lock(&fake.0.0).prepared, 1);
}

#[test]
fn roles_of_options_are_for_all_but_those_who_make_them_themselves() {
    let (fake, preparations) = (Fake::default(), Arc::default());
    let pool = |init| one_of_several(&fake, init, &preparations);
    let roles = vec!["app".to_owned()];
    let init = Init {
        roles: roles.clone(),
        ..Init::default()
    };
    let named = pool(init);
    drop(named.take("a", true, &long()).unwrap().database());
    fake.set(|seen| seen.global = roles.clone());
    let ended = |init, result| {
        let pool = pool(init);
        let claim = pool.take("b", true, &long()).unwrap().claim();
        claim.end(result, &long()).unwrap();
        pool.take("b", true, &long())
    };
    let failed = || Err(Refused::statement("f", "the role exists"));
    drop(ended(function(), Ok(())).unwrap().database());
    assert!(ended(function(), failed()).unwrap().is_elsewhere());
    let with_roles = Init {
        roles,
        ..function()
    };
    assert!(ended(with_roles, failed()).is_err());
}

#[test]
fn what_two_have_prepared_at_once_is_prepared_again_elsewhere_if_it_may_be_mixed() {
    for (touched, failed) in [(false, false), (true, false), (false, true), (true, true)] {
        let (fake, preparations) = (Fake::default(), Arc::default());
        let pools = [0; 2].map(|_| one_of_several(&fake, function(), &preparations));
        let take = |pool: &Pool| pool.take("a", true, &long());
        let claims = pools.each_ref().map(|pool| take(pool).unwrap().claim());
        fake.set(|seen| seen.global.extend(touched.then(|| "role".into())));
        for (claim, pool) in claims.into_iter().zip(&pools) {
            let result = match failed {
                true => Err(Refused::statement("f", "no")),
                false => Ok(()),
            };
            claim.end(result, &long()).unwrap();
            match (touched, failed) {
                (true, _) => assert!(take(pool).unwrap().is_elsewhere()),
                (false, false) => drop(take(pool).unwrap().database()),
                (false, true) => assert!(take(pool).is_err()),
            }
        }
    }
}
