//! Whatever is done to chains behind their back is found, and called by its name.

mod common;

use chain::{ChainHead, DELETED, Finding, Hash, Head, Heads, Place, SignedHead, Unproven};
use common::{Archive, Row, key};

fn edited(chain: &str, sequence: u64) -> Finding {
    Finding::Edited { chain: chain.to_owned(), sequence }
}

#[test]
fn chains_that_were_left_alone_fit_together() {
    let archive = Archive::of(&[("house", 3), ("ws_a", 12), ("ws_b", 12)]);
    let report = archive.verify(archive.heads());
    assert_eq!((report.entries, report.chains), (27, 3));
    assert_eq!((report.findings, report.unproven), (vec![], vec![]));
}

#[test]
fn without_heads_it_is_said_what_cannot_be_shown() {
    let archive = Archive::of(&[("ws_a", 5)]);
    let report = archive.verify(Heads::default());
    assert_eq!((report.findings, report.unproven), (vec![], vec![Unproven::NoHeads]));
}

#[test]
fn what_came_after_the_newest_head_is_named() {
    let mut archive = Archive::of(&[("ws_a", 5)]);
    let heads = archive.heads();
    archive.append("ws_a", 2);
    let report = archive.verify(heads);
    let open = Unproven::NotYetHeaded { chain: "ws_a".to_owned(), from: 6 };
    assert_eq!((report.findings, report.unproven), (vec![], vec![open]));
}

#[test]
fn what_heads_of_the_database_alone_name_is_named_as_not_covered() {
    let mut archive = Archive::of(&[("ws_a", 5), ("ws_b", 2)]);
    let first = archive.head(1, Hash::NOTHING);
    archive.append("ws_a", 2);
    let second = archive.head(2, first.hash());
    let known = |heads: &[(&SignedHead, Place)]| {
        let mut known = Heads::trusting([key().public()]);
        for (head, place) in heads {
            known.head(head, *place);
        }
        let report = archive.verify(known);
        assert_eq!(report.findings, []);
        report.unproven
    };
    let inside = [(&first, Place::Database), (&second, Place::Database)];
    let open = Unproven::NotYetHeaded { chain: "ws_a".to_owned(), from: 6 };
    let told = known(&[&[(&first, Place::Outside)], &inside[..]].concat());
    assert_eq!(told, [Unproven::InsideOnly { from: 2, to: 2 }, open]);
    // The second leads to the first by its hash.
    assert_eq!(known(&[&inside[..], &[(&second, Place::Outside)]].concat()), []);
}

#[test]
fn a_chain_that_was_kept_out_of_a_later_head_is_found() {
    let archive = Archive::of(&[("ws_a", 4)]);
    let (first, at) = (archive.head(1, Hash::NOTHING), archive.rows[0].at);
    let mut grown = archive;
    grown.append("ws_a", 2);
    let found = |minutes: i64, chains: usize| {
        let named = |number: usize| ChainHead {
            chain: format!("ws_b{number:04}"),
            sequence: 1,
            hash: Hash::of(b"its first"),
        };
        let chains: Vec<ChainHead> = (0..chains).map(named).collect();
        let at = at + minutes * 60 * 1_000_000;
        let later = Head {
            number: 2,
            at,
            previous: first.hash(),
            chains,
            shredded: vec![],
            next_key: None,
            restored: None,
        };
        let mut heads = Heads::trusting([key().public()]);
        heads.head(&first, Place::Outside);
        heads.head(&later.sign(&key()), Place::Outside);
        let findings = grown.verify(heads).findings;
        findings.into_iter().filter(|found| matches!(found, Finding::LeftOut { .. })).collect::<Vec<_>>()
    };
    let left_out = Finding::LeftOut { chain: "ws_a".to_owned(), from: 5, head: 2 };
    assert_eq!(found(11, 0), [left_out]);
    assert_eq!(found(9, 0), [], "it may have been committed after the head was made");
    assert_eq!(found(11, chain::MOST_NAMED), [], "it may be in the head that follows a full one");
}

#[test]
fn each_field_that_is_edited_is_found() {
    let edits: [fn(&mut Row); 9] = [
        |row| row.id.push('x'),
        |row| row.at += 1,
        |row| row.actor_kind = "job".to_owned(),
        |row| row.actor_id = None,
        |row| row.event = "token.revoked".to_owned(),
        |row| row.target = Some("tok_other".to_owned()),
        |row| row.request_id = Some(String::new()),
        |row| row.commitment = Hash::of(b"other"),
        |row| row.hash = Hash::of(b"other"),
    ];
    for edit in edits {
        let mut archive = Archive::of(&[("ws_a", 6)]);
        edit(archive.row("ws_a", 3));
        let found = archive.found();
        assert!(found.contains(&edited("ws_a", 3)), "{found:?}");
    }
}

#[test]
fn an_entry_that_was_edited_together_with_its_hash_does_not_lead_to_the_next() {
    let mut archive = Archive::of(&[("ws_a", 6)]);
    archive.row("ws_a", 3).event = "token.revoked".to_owned();
    archive.hash_anew("ws_a", 3, 3);
    assert_eq!(archive.found(), [edited("ws_a", 4)]);
}

#[test]
fn details_that_were_edited_or_taken_away_are_found_and_those_of_a_deleted_workspace_are_counted() {
    let mut archive = Archive::of(&[("ws_a", 6)]);
    archive.row("ws_a", 2).details = Some(b"{\"role\":\"owner\"}".to_vec());
    archive.row("ws_a", 4).details = None;
    archive.row("ws_a", 5).details = None;
    let chain = || "ws_a".to_owned();
    let edited = Finding::DetailsEdited { chain: chain(), sequence: 2 };
    let missing = Finding::DetailsMissing { chain: chain(), first: 4, count: 2 };
    let counted = Unproven::DetailsGone { chain: chain(), count: 2 };
    let report = archive.verify(archive.heads());
    assert_eq!(report.findings, [edited.clone(), missing.clone()]);
    assert_eq!(report.unproven, []);
    // A head alone is not enough.
    let named = Head { shredded: vec![chain()], ..archive.head(1, Hash::NOTHING).head }.sign(&key());
    let mut heads = Heads::trusting([key().public()]);
    heads.head(&named, Place::Outside);
    assert_eq!(archive.verify(heads).findings, [edited.clone(), missing.clone()]);
    // Another's deletion is not its own.
    says_deleted(&mut archive, "ws_a", "ws_b");
    assert_eq!(archive.found(), [edited.clone(), missing.clone()]);
    says_deleted(&mut archive, "ws_a", "ws_a");
    let report = archive.verify(archive.heads());
    assert_eq!((report.findings, report.unproven), (vec![edited.clone()], vec![counted]));
    // Nor is one that was written over another entry.
    archive.row("ws_a", 8).hash = Hash::of(b"edited");
    archive.note_anew();
    assert!(archive.found().contains(&missing), "{:?}", archive.found());
}

#[test]
fn nobody_deletes_the_house() {
    let mut archive = Archive::of(&[("house", 2)]);
    archive.row("house", 1).details = None;
    says_deleted(&mut archive, "house", "house");
    assert_eq!(archive.found(), [Finding::DetailsMissing { chain: "house".to_owned(), first: 1, count: 1 }]);
}

/// Appends an entry that says that a workspace was deleted.
fn says_deleted(archive: &mut Archive, chain: &str, target: &str) {
    archive.append(chain, 1);
    let last = archive.rows.iter().filter(|row| row.chain == chain).map(|row| row.sequence).max();
    let last = last.expect("it was appended");
    let row = archive.row(chain, last);
    DELETED.clone_into(&mut row.event);
    row.target = Some(target.to_owned());
    archive.hash_anew(chain, last, last);
    archive.note_anew();
}

#[test]
fn entries_that_were_removed_from_the_middle_are_found() {
    for (from, to) in [(1, 1), (3, 3), (2, 5)] {
        let mut archive = Archive::of(&[("ws_a", 6)]);
        archive.rows.retain(|row| !(from..=to).contains(&row.sequence));
        assert_eq!(archive.found(), [Finding::Removed { chain: "ws_a".to_owned(), from, to }]);
    }
}

#[test]
fn a_tail_that_was_cut_is_found_by_the_note_and_by_the_head() {
    for last in [0, 1, 5] {
        let mut archive = Archive::of(&[("ws_a", 6)]);
        archive.rows.retain(|row| row.sequence <= last);
        let cut = |head| Finding::CutTail { chain: "ws_a".to_owned(), last, expected: 6, head };
        assert_eq!(archive.found(), [cut(None), cut(Some(1))]);
        assert_eq!(archive.verify(Heads::default()).findings, [cut(None)]);
        let heads = archive.heads();
        archive.note_anew();
        assert_eq!(archive.verify(heads).findings, [cut(Some(1))]);
        assert_eq!(archive.verify(Heads::default()).findings, [], "without heads nothing can show it");
    }
}

#[test]
fn entries_that_changed_places_are_found_however_it_was_done() {
    let was = |sequence, was| Finding::Reordered { chain: "ws_a".to_owned(), sequence, was };
    for (one, other) in [(3, 4), (2, 5), (1, 6)] {
        // The rows change places, hashes and all.
        let mut archive = Archive::of(&[("ws_a", 6)]);
        archive.row("ws_a", one).sequence = 0;
        archive.row("ws_a", other).sequence = one;
        archive.row("ws_a", 0).sequence = other;
        let found = archive.found();
        for moved in [was(one, other), was(other, one)] {
            assert!(found.contains(&moved), "{found:?}");
        }
        assert!(!found.iter().any(|finding| matches!(finding, Finding::Edited { .. })), "{found:?}");
        // What they say changes places, and the hashes stay.
        let mut archive = Archive::of(&[("ws_a", 6)]);
        let (first, second) = (archive.row("ws_a", one).clone(), archive.row("ws_a", other).clone());
        *archive.row("ws_a", one) =
            Row { sequence: one, hash: first.hash, id: first.id.clone(), ..second.clone() };
        *archive.row("ws_a", other) =
            Row { sequence: other, hash: second.hash, id: second.id.clone(), ..first };
        assert_eq!(archive.found(), [was(one, other), was(other, one)]);
    }
}

#[test]
fn an_entry_that_was_moved_to_a_place_after_others_is_found() {
    let mut archive = Archive::of(&[("ws_a", 6)]);
    archive.row("ws_a", 3).sequence = 9;
    let found = archive.found();
    let moved = Finding::Reordered { chain: "ws_a".to_owned(), sequence: 9, was: 3 };
    assert!(found.contains(&moved), "{found:?}");
}

#[test]
fn entries_that_were_swapped_between_workspaces_are_found() {
    let from = |chain: &str, sequence, from: &str, was| Finding::Swapped {
        chain: chain.to_owned(),
        sequence,
        from: from.to_owned(),
        was,
    };
    for (here, there) in [(3, 3), (2, 5), (6, 6), (1, 6)] {
        let mut archive = Archive::of(&[("ws_a", 6), ("ws_b", 6)]);
        archive.row("ws_a", here).chain = "moving".to_owned();
        let other = archive.row("ws_b", there);
        (other.chain, other.sequence) = ("ws_a".to_owned(), here);
        let own = archive.row("moving", here);
        (own.chain, own.sequence) = ("ws_b".to_owned(), there);
        let found = archive.found();
        for moved in [from("ws_a", here, "ws_b", there), from("ws_b", there, "ws_a", here)] {
            assert!(found.contains(&moved), "{found:?}");
        }
        assert!(!found.iter().any(|finding| matches!(finding, Finding::Edited { .. })), "{found:?}");
    }
}

#[test]
fn two_whole_chains_that_were_swapped_are_found() {
    let mut archive = Archive::of(&[("ws_a", 6), ("ws_b", 6)]);
    for row in &mut archive.rows {
        row.chain = if row.chain == "ws_a" { "ws_b" } else { "ws_a" }.to_owned();
    }
    archive.note_anew();
    let found = archive.found();
    let swapped = |chain: &str| {
        found.iter().any(|found| matches!(found, Finding::Swapped { chain: of, .. } if of == chain))
    };
    assert!(swapped("ws_a") && swapped("ws_b"), "{found:?}");
}

#[test]
fn a_chain_that_was_written_anew_fits_together_and_differs_from_the_head() {
    let mut archive = Archive::of(&[("ws_a", 6), ("ws_b", 2)]);
    let heads = archive.heads();
    archive.row("ws_a", 2).event = "nothing.happened".to_owned();
    archive.hash_anew("ws_a", 2, 6);
    archive.note_anew();
    assert_eq!(archive.verify(Heads::default()).findings, [], "without heads nothing can show it");
    let anew = Finding::Rewritten { chain: "ws_a".to_owned(), sequence: 6, head: 1 };
    assert_eq!(archive.verify(heads).findings, [anew]);
}

#[test]
fn a_chain_that_was_written_anew_and_grew_into_later_heads_differs_from_the_earlier() {
    let mut archive = Archive::of(&[("ws_a", 6), ("ws_b", 2)]);
    let first = archive.head(1, Hash::NOTHING);
    archive.append("ws_a", 2);
    let second = archive.head(2, first.hash());
    archive.row("ws_a", 2).event = "nothing.happened".to_owned();
    archive.hash_anew("ws_a", 2, 8);
    // Whoever signs sees a chain that fits together.
    archive.append("ws_a", 2);
    let third = archive.head(3, second.hash());
    let mut heads = Heads::trusting([key().public()]);
    for head in [first, second, third] {
        heads.head(&head, Place::Outside);
    }
    let anew = Finding::Rewritten { chain: "ws_a".to_owned(), sequence: 6, head: 1 };
    assert_eq!(archive.verify(heads).findings, [anew], "told once");
}

#[test]
fn entries_that_nobody_noted_are_found() {
    let mut archive = Archive::of(&[("ws_a", 3)]);
    let (noted, heads) = (archive.noted.clone(), archive.heads());
    archive.append("ws_a", 2);
    archive.noted = noted;
    assert_eq!(archive.verify(heads).findings, [Finding::Unnoted { chain: "ws_a".to_owned(), from: 4 }]);
    archive.noted.clear();
    assert_eq!(archive.found()[0], Finding::Unnoted { chain: "ws_a".to_owned(), from: 1 });
}

#[test]
fn what_is_found_again_and_again_is_told_a_few_times() {
    let mut archive = Archive::of(&[("ws_a", 1_000)]);
    for sequence in 1..=1_000 {
        archive.row("ws_a", sequence).at += 1;
    }
    let found = archive.found();
    assert_eq!(found.len(), 21);
    assert_eq!(found[20], Finding::More { chain: "ws_a".to_owned(), count: 980 });
}
