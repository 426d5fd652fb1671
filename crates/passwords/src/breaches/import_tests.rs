use std::fs;

use super::*;
use crate::breaches::Filter;

fn line(number: u32) -> String {
    format!("{number:08X}{:032}:1\n", 0)
}

#[test]
fn a_list_becomes_a_file_that_stands_alone_in_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("breached");
    let list: String = (0..1000).map(line).collect();
    let imported = import(list.as_bytes(), &target).unwrap();
    let bytes = fs::metadata(&target).unwrap().len();
    assert_eq!(imported, Imported { lines: 1000, hashes: 1000, bytes });
    assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o644);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_eq!(Filter::open(&target).unwrap().hashes(), 1000);
}

#[test]
fn a_newer_list_takes_the_place_of_an_older_one() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("breached");
    import(line(1).as_bytes(), &target).unwrap();
    let before = Filter::open(&target).unwrap();
    import((line(2) + &line(3)).as_bytes(), &target).unwrap();
    assert_eq!((before.hashes(), Filter::open(&target).unwrap().hashes()), (1, 2));
    assert!(before.contains_key(1 << 32).unwrap(), "who has it open reads on in the older one");
}

#[test]
fn a_bad_list_leaves_the_file_as_it_was_and_nothing_beside_it() {
    struct Fails;
    impl io::Read for Fails {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("breached");
    import(line(1).as_bytes(), &target).unwrap();
    let before = fs::read(&target).unwrap();
    let good: String = (0..500).map(line).collect();
    for (list, why) in [
        (String::new(), "the list is empty"),
        (
            format!("{good}hunter2\n"),
            "line 501 is not a SHA-1 hash: 40 hexadecimal digits, with or without a colon and a count",
        ),
        (good.clone() + &line(7), "line 501 comes before the line above it: the list must be sorted by hash"),
    ] {
        assert_eq!(import_by(100, list.as_bytes(), &target).unwrap_err().to_string(), why);
    }
    let unread = import(io::BufReader::new(Fails), &target).unwrap_err();
    assert_eq!(unread.to_string(), "the list cannot be read: the disk is gone");
    assert_eq!(fs::read(&target).unwrap(), before);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_folder_that_is_not_there_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let fault = import(line(1).as_bytes(), &folder.path().join("none/breached")).unwrap_err();
    assert!(matches!(fault, ImportFault::Writing(_)), "{fault}");
}

#[test]
fn hashes_that_begin_alike_are_one_key_and_come_twice_in_no_shard() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("breached");
    let list: String = (0..10).map(|end| format!("{:016X}{end:024}\n", 7)).collect();
    let imported = import_by(4, list.as_bytes(), &target).unwrap();
    assert_eq!((imported.lines, imported.hashes), (10, 1));
}
