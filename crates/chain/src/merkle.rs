//! A Merkle tree as RFC 9162 (section 2.1) has it: one hash stands for a list, and a few more show that something is on
//! the list without showing what else is.

use aws_lc_rs::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};

use crate::Hash;

/// One step of a proof: the hash that stands beside, and on which side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// It stands before ours.
    Left(Hash),
    /// It stands after ours.
    Right(Hash),
}

/// The hash of something on the list, from its encoding.
pub fn leaf(encoded: &[u8]) -> Hash {
    hashed(0, &[encoded])
}

fn node(left: &Hash, right: &Hash) -> Hash {
    hashed(1, &[left.as_bytes(), right.as_bytes()])
}

fn hashed(kind: u8, parts: &[&[u8]]) -> Hash {
    let mut context = Context::new(&SHA256);
    context.update(&[kind]);
    for part in parts {
        context.update(part);
    }
    Hash::copied(context.finish().as_ref())
}

/// The hash of the whole list.
pub fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash::of(&[]),
        [leaf] => *leaf,
        leaves => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            node(&root(left), &root(right))
        }
    }
}

/// How one of the list is shown to be on it, from the leaf up. Nothing if the list is shorter.
pub fn proof(leaves: &[Hash], place: usize) -> Option<Vec<Step>> {
    if place >= leaves.len() {
        return None;
    }
    if leaves.len() == 1 {
        return Some(Vec::new());
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    let (below, beside) = match place.checked_sub(left.len()) {
        None => (proof(left, place), Step::Right(root(right))),
        Some(place) => (proof(right, place), Step::Left(root(left))),
    };
    let mut steps = below?;
    steps.push(beside);
    Some(steps)
}

/// The root that a proof leads to.
pub fn climb(leaf: Hash, steps: &[Step]) -> Hash {
    steps.iter().fold(leaf, |hash, step| match step {
        Step::Left(left) => node(left, &hash),
        Step::Right(right) => node(&hash, right),
    })
}

/// The largest power of two below the length.
fn split(length: usize) -> usize {
    length.next_power_of_two() / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The leaves and roots that implementations of Certificate Transparency test with.
    const LEAVES: [&[u8]; 8] = [
        b"",
        &[0x00],
        &[0x10],
        &[0x20, 0x21],
        &[0x30, 0x31],
        &[0x40, 0x41, 0x42, 0x43],
        &[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
        &[0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f],
    ];
    const ROOTS: [&str; 8] = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    #[test]
    fn roots_are_those_of_rfc_9162() {
        let leaves = LEAVES.map(leaf);
        for (count, expected) in (1..).zip(ROOTS) {
            assert_eq!(root(&leaves[..count]).to_string(), expected, "{count}");
        }
        let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(root(&[]).to_string(), nothing);
    }

    #[test]
    fn each_of_a_list_is_shown_to_be_on_it_and_nothing_else_is() {
        let leaves: Vec<Hash> = (0..33_u8).map(|number| leaf(&[number])).collect();
        for count in 1..=leaves.len() {
            let (some, whole) = (&leaves[..count], root(&leaves[..count]));
            for place in 0..count {
                let steps = proof(some, place).expect("it is on the list");
                assert_eq!(climb(some[place], &steps), whole);
                assert_ne!(climb(leaf(b"another"), &steps), whole);
                assert!(steps.len() <= 6, "{}", steps.len());
            }
            assert_eq!(proof(some, count), None);
        }
    }
}
