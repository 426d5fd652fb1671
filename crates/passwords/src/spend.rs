use std::hint::black_box;

use argon2::Argon2;

use crate::{
    Scheme,
    scheme::{KIB, ROUND},
};

/// Does the work of a check for nobody, so that an unknown account takes as long as a known one.
///
/// When a password was `already` checked, and more cheaply than the `dearest` scheme that accounts have, it does the
/// difference: then the time of a wrong password tells nothing about the account's scheme. Between two bcrypts that is exact,
/// down to what a check costs beside its rounds; else it is the nearest. [`Scheme::work`] finds the dearest. A scheme whose
/// numbers are out of bounds costs nothing.
pub fn spend(dearest: Scheme, already: Option<Scheme>) {
    for piece in pieces(dearest, already) {
        burn(piece);
    }
}

/// The checks that make up what is left to do.
fn pieces(dearest: Scheme, already: Option<Scheme>) -> Vec<Scheme> {
    let left = dearest.work().saturating_sub(already.map_or(0, Scheme::work));
    match dearest {
        _ if left == 0 || dearest.checked().is_err() => Vec::new(),
        _ if already.is_none() => vec![dearest],
        // 2^C - 2^c = 2^c + 2^(c+1) + … + 2^(C-1): one check for each bit.
        Scheme::Bcrypt { .. } | Scheme::ForeignBcrypt { .. } => {
            let rounds = left / ROUND;
            (4..=16).filter(|cost| rounds & (1 << cost) != 0).map(|cost| Scheme::Bcrypt { cost }).collect()
        }
        Scheme::Argon2id { memory_kib, lanes, .. } => {
            let least = u64::from(8 * lanes);
            let (passes, rest) = (left / KIB / u64::from(memory_kib), left / KIB % u64::from(memory_kib));
            let whole = (passes > 0).then(|| argon2id(memory_kib.into(), passes, lanes));
            let part = (rest >= least).then(|| argon2id(rest, 1, lanes));
            whole.into_iter().chain(part).collect()
        }
    }
}

fn argon2id(memory_kib: u64, passes: u64, lanes: u32) -> Scheme {
    let small = |number: u64| u32::try_from(number).expect("it is less than a checked scheme has");
    Scheme::Argon2id { memory_kib: small(memory_kib), passes: small(passes), lanes }
}

fn burn(scheme: Scheme) {
    const NOBODY: &[u8; 64] = &[b'x'; 64];
    const SALT: [u8; 16] = [0; 16];
    match scheme {
        Scheme::Bcrypt { cost } | Scheme::ForeignBcrypt { cost } => {
            let _ = black_box(bcrypt::hash_with_salt(black_box(NOBODY), cost, SALT));
        }
        Scheme::Argon2id { memory_kib, passes, lanes } => {
            let mut out = [0; 32];
            if let Ok(params) = argon2::Params::new(memory_kib, passes, lanes, None) {
                let _ = Argon2::from(params).hash_password_into(black_box(NOBODY), &SALT, &mut out);
            }
            black_box(out);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::prelude::*;

    use super::*;

    const ARGON2ID: Scheme = Scheme::Argon2id { memory_kib: 512, passes: 2, lanes: 1 };

    fn names(dearest: Scheme, already: Option<Scheme>) -> Vec<String> {
        pieces(dearest, already).iter().map(Scheme::to_string).collect()
    }

    #[test]
    fn for_an_unknown_account_a_whole_check_is_done() {
        for scheme in [Scheme::BCRYPT, Scheme::ForeignBcrypt { cost: 9 }, ARGON2ID] {
            assert_eq!(pieces(scheme, None), [scheme]);
        }
    }

    #[test]
    fn after_a_cheaper_check_the_difference_is_done() {
        let foreign = Some(Scheme::ForeignBcrypt { cost: 10 });
        assert_eq!(names(Scheme::Bcrypt { cost: 13 }, foreign), ["bcrypt:10", "bcrypt:11", "bcrypt:12"]);
        assert_eq!(names(Scheme::Bcrypt { cost: 11 }, foreign), ["bcrypt:10"]);
        assert_eq!(
            names(ARGON2ID, Some(Scheme::Argon2id { memory_kib: 256, passes: 1, lanes: 1 })),
            ["argon2id:512:1:1", "argon2id:256:1:1"]
        );
    }

    #[test]
    fn after_one_as_dear_nothing_is_left() {
        for already in [Scheme::BCRYPT, Scheme::Bcrypt { cost: 13 }] {
            assert_eq!(pieces(Scheme::ForeignBcrypt { cost: 12 }, Some(already)), []);
        }
        assert_eq!(pieces(Scheme::Bcrypt { cost: 40 }, None), []);
    }

    #[test]
    fn it_takes_time() {
        let dear = Scheme::Bcrypt { cost: 9 };
        let took = |dearest, already| {
            let fastest = (0..3).map(|_| {
                let begun = Instant::now();
                spend(dearest, already);
                begun.elapsed()
            });
            fastest.min().unwrap()
        };
        let (all, none) = (took(dear, None), took(dear, Some(dear)));
        assert!(none < Duration::from_millis(1) && all > 10 * none, "{all:?} and {none:?}");
    }

    fn any_scheme() -> impl Strategy<Value = Scheme> {
        prop_oneof![
            (4..=16_u32).prop_map(|cost| Scheme::Bcrypt { cost }),
            (8..=(1_u32 << 20), 1..=16_u32).prop_map(|(memory_kib, passes)| Scheme::Argon2id {
                memory_kib,
                passes,
                lanes: 1
            }),
        ]
    }

    proptest! {
        #[test]
        fn both_together_are_the_dearest_but_for_less_than_the_cheapest_check(
            dearest in any_scheme(), already in any_scheme(),
        ) {
            let rest = pieces(dearest, Some(already));
            prop_assert!(rest.iter().all(|piece| piece.checked().is_ok()));
            let sum = already.work() + rest.into_iter().map(Scheme::work).sum::<u64>();
            prop_assert!(sum >= already.work().max(dearest.work().saturating_sub(16 * ROUND)));
            prop_assert!(sum <= already.work().max(dearest.work()));
        }
    }
}
