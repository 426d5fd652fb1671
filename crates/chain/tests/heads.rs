//! Heads: what is forged, missing, told twice or taken back among them is found.

use chain::{
    ChainHead, Excerpt, Finding, Hash, Head, Heads, Place, PublicKey, SignedHead, SigningKey, Unproven,
    Verification,
};

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; SigningKey::SEED_LEN])
}

fn head_of(number: u64, previous: Hash, sequence: u64) -> Head {
    let chain =
        |name: &str| ChainHead { chain: name.to_owned(), sequence, hash: Hash::of(&sequence.to_be_bytes()) };
    let chains = vec![chain("ws_a"), chain("ws_b"), chain("ws_c")];
    Head { number, at: 1, previous, chains, shredded: Vec::new(), next_key: None, restored: None }
}

/// Heads 1 to `count`, each of which knows a bit more.
fn row_of(count: u64) -> Vec<SignedHead> {
    let mut heads: Vec<SignedHead> = Vec::new();
    for number in 1..=count {
        let previous = heads.last().map_or(Hash::NOTHING, SignedHead::hash);
        heads.push(head_of(number, previous, number).sign(&key(1)));
    }
    heads
}

fn read<'a>(trusted: &[PublicKey], heads: impl IntoIterator<Item = (&'a SignedHead, Place)>) -> Heads {
    let mut read = Heads::trusting(trusted.iter().copied());
    for (head, place) in heads {
        read.line(&head.to_line(), place);
    }
    read
}

fn outside(heads: &[SignedHead]) -> Heads {
    read(&[key(1).public()], heads.iter().map(|head| (head, Place::Outside)))
}

/// What is found among the heads alone.
fn found(heads: Heads) -> Vec<Finding> {
    Verification::against(heads).finish_some().findings
}

#[test]
fn heads_that_follow_one_another_fit_together_also_if_one_comes_twice() {
    let mut heads = row_of(4);
    heads.insert(2, heads[1].clone());
    assert_eq!(found(outside(&heads)), []);
    let newest = outside(&heads).newest();
    assert_eq!(newest, Some((4, heads[4].hash())));
}

#[test]
fn a_head_that_was_edited_or_forged_is_found() {
    let heads = row_of(3);
    let line = heads[1].to_line();
    for (what, by) in [("\"at\":1,", "\"at\":2,"), ("ws_b", "ws_bb"), ("\"sequence\":2", "\"sequence\":3")] {
        let mut read = Heads::trusting([key(1).public()]);
        read.line(&line.replacen(what, by, 1), Place::Outside);
        assert_eq!(found(read), [Finding::HeadForged { head: 2 }], "{what}");
    }
    let mut read = Heads::trusting([key(1).public()]);
    read.line("", Place::Outside);
    read.line(&line.replace("\":", "\": "), Place::Outside);
    assert_eq!(found(read), [Finding::NoHead { line: 1 }, Finding::NoHead { line: 2 }]);
}

#[test]
fn a_head_of_another_key_is_found_and_one_of_an_announced_key_is_not() {
    let first = row_of(1).remove(0);
    let strange = head_of(2, first.hash(), 2).sign(&key(2));
    let another = Finding::HeadOfAnotherKey { head: 2, key: key(2).public() };
    assert_eq!(found(outside(&[first.clone(), strange])), [another]);

    let announcing = Head { next_key: Some(key(2).public()), ..head_of(2, first.hash(), 2) }.sign(&key(1));
    let next = head_of(3, announcing.hash(), 3).sign(&key(2));
    assert_eq!(found(outside(&[first, announcing, next])), []);
}

#[test]
fn a_key_that_nobody_named_is_taken_from_the_first_head_and_told_of() {
    let heads = row_of(2);
    let report =
        Verification::against(read(&[], heads.iter().map(|head| (head, Place::Outside)))).finish_some();
    assert_eq!(report.findings, []);
    assert_eq!(report.unproven, [Unproven::TrustedAtSight { key: key(1).public() }]);
}

#[test]
fn heads_that_are_missing_in_between_are_found_and_missing_beginnings_are_told() {
    let heads = row_of(6);
    let some = [heads[0].clone(), heads[3].clone(), heads[5].clone()];
    let missing = |from, to| Finding::HeadsMissing { from, to };
    assert_eq!(found(outside(&some)), [missing(2, 3), missing(5, 5)]);
    let report = Verification::against(outside(&heads[2..])).finish_some();
    assert_eq!((report.findings, report.unproven), (vec![], vec![Unproven::EarlierHeads { first: 3 }]));
}

#[test]
fn a_head_that_names_another_before_it_is_found() {
    let first = row_of(1).remove(0);
    let second = head_of(2, Hash::of(b"another"), 2).sign(&key(1));
    assert_eq!(found(outside(&[first, second])), [Finding::HeadsBroken { head: 2 }]);
    let begins = head_of(1, Hash::of(b"another"), 1).sign(&key(1));
    assert_eq!(found(outside(&[begins])), [Finding::HeadsBroken { head: 1 }]);
}

#[test]
fn a_database_that_was_put_back_is_found_by_the_heads_outside() {
    let heads = row_of(5);
    let both = |known: usize| {
        let database = heads[..known].iter().map(|head| (head, Place::Database));
        let mut read =
            read(&[key(1).public()], heads.iter().map(|head| (head, Place::Outside)).chain(database));
        read.database_was_read();
        found(read)
    };
    assert_eq!(both(5), []);
    assert_eq!(both(2), [Finding::RolledBack { known: 2, outside: 5 }]);
    assert_eq!(both(0), [Finding::RolledBack { known: 0, outside: 5 }]);
}

#[test]
fn a_database_that_went_on_after_it_was_put_back_signs_a_second_head_of_the_same_number() {
    let mut heads = row_of(3);
    let second = heads[1].hash();
    heads.push(Head { at: 9, ..head_of(3, second, 3) }.sign(&key(1)));
    assert_eq!(found(outside(&heads)), [Finding::HeadsForked { head: 3 }]);
    // It went on for longer, and knows less than it did.
    heads.pop();
    let back = head_of(4, heads[2].hash(), 2).sign(&key(1));
    heads.push(back);
    let went_back = |chain: &str| Finding::HeadsWentBack { head: 4, chain: chain.to_owned() };
    assert_eq!(found(outside(&heads)), ["ws_a", "ws_b", "ws_c"].map(went_back));
}

#[test]
fn heads_that_are_in_the_database_alone_cover_nothing_and_are_told() {
    let heads = row_of(5);
    let both = |outside: usize, database: &[SignedHead]| {
        let outside = heads[..outside].iter().map(|head| (head, Place::Outside));
        let database = database.iter().map(|head| (head, Place::Database));
        let mut verification = Verification::against(read(&[key(1).public()], outside.chain(database)));
        verification.begin("ws_a");
        verification.finish_some().unproven
    };
    assert_eq!(both(5, &heads), []);
    assert_eq!(both(4, &heads), [Unproven::InsideOnly { from: 5, to: 5 }]);
    let inside = both(2, &heads);
    assert_eq!(inside, [Unproven::InsideOnly { from: 3, to: 5 }]);
    let told = inside[0].to_string();
    assert!(told.starts_with("Heads 3 to 5 are in the database only"), "{told}");
    assert_eq!(both(0, &heads), [Unproven::NoHeads], "that says it for all of them");
}

#[test]
fn hours_without_a_head_are_told_and_are_no_finding() {
    const HOUR: i64 = 3_600_000_000;
    let mut heads: Vec<SignedHead> = Vec::new();
    for (number, at) in [(1, 0), (2, HOUR), (3, 2 * HOUR), (4, 4 * HOUR), (5, 9 * HOUR), (6, 9 * HOUR)] {
        let previous = heads.last().map_or(Hash::NOTHING, SignedHead::hash);
        heads.push(Head { at, ..head_of(number, previous, number) }.sign(&key(1)));
    }
    let report = Verification::against(outside(&heads)).finish_some();
    let pause = Unproven::Pause { head: 5, from: 4 * HOUR, to: 9 * HOUR };
    assert_eq!((report.findings, report.unproven), (vec![], vec![pause.clone()]));
    let told = pause.to_string();
    assert!(
        told.contains("none from 1970-01-01T04:00:00") && told.contains("to 1970-01-01T09:00:00"),
        "{told}"
    );
}

/// After head 2 a backup is made, heads 3 to 5 follow, and head 6 is the first of what was restored.
fn restored(sequence: u64) -> Vec<SignedHead> {
    let mut heads = row_of(5);
    let back = Head { restored: Some(2), ..head_of(6, heads[4].hash(), sequence) };
    heads.push(back.sign(&key(1)));
    heads
}

#[test]
fn a_restore_that_is_on_record_is_told_and_undoes_no_more_than_it_says() {
    for sequence in [2, 3, 4] {
        let report = Verification::against(outside(&restored(sequence))).finish_some();
        assert_eq!(report.findings, [], "{sequence}");
        assert_eq!(report.unproven, [Unproven::Restored { head: 6, at: 1, after: 2 }]);
        let told = report.unproven[0].to_string();
        assert!(told.starts_with("Restored at 1970-01-01T00:00:00"), "{told}");
        assert!(told.contains("heads 3 to 5 are not held against it"), "{told}");
    }
    // What was in the backup holds on.
    let went_back = |chain: &str| Finding::HeadsWentBack { head: 6, chain: chain.to_owned() };
    assert_eq!(found(outside(&restored(1))), ["ws_a", "ws_b", "ws_c"].map(went_back));
}

#[test]
fn a_restore_that_a_later_one_undid_undoes_nothing() {
    let mut heads = restored(2);
    // Of a backup that was made after head 4, before the first was restored.
    let again = Head { restored: Some(4), ..head_of(7, heads[5].hash(), 4) };
    heads.push(again.sign(&key(1)));
    assert_eq!(found(outside(&heads)), []);
    heads.pop();
    let less = Head { restored: Some(4), ..head_of(7, heads[5].hash(), 3) };
    heads.push(less.sign(&key(1)));
    let went_back = |chain: &str| Finding::HeadsWentBack { head: 7, chain: chain.to_owned() };
    assert_eq!(found(outside(&heads)), ["ws_a", "ws_b", "ws_c"].map(went_back));
}

#[test]
fn what_a_head_says_of_a_restore_is_signed_and_has_one_spelling() {
    let head = restored(2).remove(5);
    let excerpt = head.excerpt("ws_a").expect("it names the chain");
    let lines = [head.to_line(), excerpt.to_line()];
    assert_eq!(SignedHead::parse(&lines[0]), Ok(head));
    assert_eq!(Excerpt::parse(&lines[1]), Ok(excerpt));
    for line in lines {
        let changed = |what: &str, by: &str| {
            let line = line.replacen(what, by, 1);
            SignedHead::parse(&line)
                .map(|head| head.is_genuine())
                .or_else(|_| Excerpt::parse(&line).map(|excerpt| excerpt.is_genuine()))
        };
        assert_eq!(changed("", ""), Ok(true));
        assert_eq!(changed("\"restored\":2", "\"restored\":1"), Ok(false));
        for (what, by) in [
            (",\"restored\":2", ""),
            (",\"restored\":2", ",\"restored\":null"),
            ("\"restored\":2", "\"restored\":6"),
            (":2,\"number\"", ":1,\"number\""),
        ] {
            assert!(changed(what, by).is_err(), "{what} {by}");
        }
    }
}

#[test]
fn an_excerpt_holds_for_its_chain_alone_and_names_no_other() {
    let head = row_of(2).remove(1);
    for chain in ["ws_a", "ws_b", "ws_c"] {
        let line = head.excerpt(chain).expect("it names the chain").to_line();
        assert!(
            ["ws_a", "ws_b", "ws_c"].iter().all(|other| line.contains(other) == (*other == chain)),
            "{line}"
        );
        let excerpt = Excerpt::parse(&line).expect("it reads what it writes");
        assert!(excerpt.is_genuine());
        assert_eq!((excerpt.number(), excerpt.hash(), excerpt.key()), (2, head.hash(), key(1).public()));
        for (what, by) in [(chain, "ws_x"), ("\"sequence\":2", "\"sequence\":3"), ("\"left\"", "\"right\"")] {
            if line.contains(what) {
                let changed = Excerpt::parse(&line.replacen(what, by, 1)).expect("the form is the same");
                assert!(!changed.is_genuine(), "{what}");
            }
        }
    }
    assert_eq!(head.excerpt("ws_d"), None);
}

#[test]
fn an_excerpt_fits_to_heads_of_another_age_and_not_to_others() {
    let heads = row_of(7);
    let excerpt = |head: &SignedHead| head.excerpt("ws_a").expect("it names the chain");
    let brought = |some: &[SignedHead], excerpt: &Excerpt| {
        let mut heads = outside(some);
        heads.excerpt(excerpt, Place::Export);
        Verification::against(heads).finish_some()
    };
    // Heads 1 to 3, or 5 to 7: what lies between them and the excerpt is in nobody's hands.
    for (some, number) in
        [(&heads[..3], 6), (&heads[4..], 2), (&heads[..3], 4), (&heads[4..], 4), (&heads[..], 4)]
    {
        assert_eq!(brought(some, &excerpt(&heads[number - 1])).findings, [], "{number}");
    }
    let other = head_of(4, Hash::of(b"another"), 4).sign(&key(1));
    let broken = |head| vec![Finding::HeadsBroken { head }];
    assert_eq!(brought(&heads, &excerpt(&other)).findings, [Finding::HeadsForked { head: 4 }]);
    assert_eq!(brought(&heads[..3], &excerpt(&other)).findings, broken(4));
    assert_eq!(brought(&heads[4..], &excerpt(&other)).findings, broken(5));
    assert_eq!(
        brought(&[], &excerpt(&head_of(1, Hash::of(b"another"), 1).sign(&key(1)))).findings,
        broken(1)
    );
}

#[test]
fn what_was_shredded_is_known_from_the_heads() {
    let head = Head { shredded: vec!["ws_a".to_owned()], ..head_of(1, Hash::NOTHING, 1) }.sign(&key(1));
    let heads = outside(&[head]);
    assert_eq!(heads.shredded().collect::<Vec<_>>(), ["ws_a"]);
}
