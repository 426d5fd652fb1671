use super::*;
use crate::args;

const ADD: &str = "INSERT INTO added (id, word) VALUES {each ($, $)}";
const CHANGE: &str = "UPDATE changed SET word = $1 WHERE id IN ({each $})";
const PUT: &str = "INSERT INTO put (id) VALUES {each ($)} ON CONFLICT (id) DO NOTHING";

fn call(sql: &'static str, fixed: &[&str], rows: usize, width: usize) -> Call {
    let args = fixed.iter().map(|word| Arg::from(*word)).chain((0..rows * width).map(|_| Arg::from(1)));
    Call { sql, args: args.collect(), rows, fixed: fixed.len() }
}

#[test]
fn those_that_wait_become_one_statement_with_numbers_that_go_on() {
    let ready = together(vec![call(ADD, &[], 1, 2), call(CHANGE, &["new"], 1, 1), call(PUT, &[], 1, 1)]);
    assert_eq!(
        ready.text,
        "WITH w0 AS (INSERT INTO added (id, word) VALUES ($1, $2)), w1 AS (UPDATE changed SET word = $3 WHERE id IN ($4))\
         INSERT INTO put (id) VALUES ($5) ON CONFLICT (id) DO NOTHING"
    );
    assert_eq!((ready.args.len(), ready.is_cached), (5, true));
    let alone = together(vec![Call::plain("UPDATE changed SET word = $12", args![1])]);
    assert_eq!(alone.text, "UPDATE changed SET word = $12");
}

#[test]
fn a_row_is_changed_once_in_a_statement() {
    let mut later = Later::default();
    later.push(call(ADD, &[], 1, 2));
    assert!(later.goes_with(&call(ADD, &[], 1, 2)), "new rows only");
    assert!(later.goes_with(&call(CHANGE, &["new"], 1, 1)), "another table");
    later.push(call(CHANGE, &["new"], 1, 1));
    assert!(!later.goes_with(&call(CHANGE, &["newer"], 1, 1)));
    assert_eq!(later.take().unwrap().len(), 2);
    assert!(later.goes_with(&call(CHANGE, &["newer"], 1, 1)), "none waits any more");
    later.push(call(PUT, &[], 1, 1));
    assert!(!later.goes_with(&call(PUT, &[], 1, 1)), "one that may be there already");
}

#[test]
fn a_text_that_comes_again_stays_one() {
    let mut later = Later::default();
    later.push(call(ADD, &[], 1, 2));
    assert!(!later.goes_with(&call(CHANGE, &["new"], 17, 1)), "an odd number of rows");
    assert_eq!(later.take().unwrap().len(), 1);
    later.push(call(ADD, &[], 17, 2));
    assert!(later.goes_with(&call(CHANGE, &["new"], 3, 1)), "neither comes again");
    let mut later = Later::default();
    later.push(call(ADD, &[], crate::CHUNK, 2));
    for rows in [1, 3, crate::CHUNK] {
        assert!(!later.goes_with(&call(CHANGE, &["new"], rows, 1)), "a full chunk stays alone");
    }
}
