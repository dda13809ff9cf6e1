//! Inputs and what becomes of them, in `tests/inject`. A new case is a new folder there.

use std::{fs, path::Path};

use super::{data, piped, stderr, stdout, wispctl};

#[test]
fn every_run_gives_what_is_on_record() {
    let mut runs = 0;
    for entry in fs::read_dir(data()).unwrap() {
        let folder = entry.unwrap().path();
        let Ok(list) = fs::read_to_string(folder.join("runs")) else { continue };
        let input = ["input.yaml", "input.json"]
            .into_iter()
            .find(|name| folder.join(name).exists())
            .unwrap();
        for line in list.lines().filter(|line| !line.starts_with('#')) {
            let (name, arguments) = line.split_once(':').unwrap();
            check(&folder, input, name, &arguments.split_whitespace().collect::<Vec<_>>());
            runs += 1;
        }
    }
    assert!(runs >= 40, "only {runs} runs were found");
}

fn check(folder: &Path, input: &str, name: &str, arguments: &[&str]) {
    let at = format!("{}, run {name}", folder.display());
    let original = fs::read_to_string(folder.join(input)).unwrap();
    let run = wispctl(folder, &[&["inject", input], arguments].concat())
        .output()
        .unwrap();
    let messages = format!("{}exit code {}\n", stderr(&run), run.status.code().unwrap());
    let read = |extension: &str| fs::read_to_string(folder.join(format!("{name}.{extension}")));
    assert_eq!(messages, read("messages").unwrap(), "{at}");
    if !run.status.success() {
        assert_eq!(stdout(&run), "", "{at}");
        return;
    }
    let extension = input.strip_prefix("input.").unwrap();
    let injected = stdout(&run);
    assert_eq!(injected, read(extension).unwrap(), "{at}");

    let again = piped(&[&["inject", "-"], arguments].concat(), injected.as_bytes());
    assert_eq!(stdout(&again), injected, "{at}: twice is not once");
    let custom: Vec<_> = arguments
        .iter()
        .skip_while(|argument| **argument != "--path")
        .take(2)
        .copied()
        .collect();
    let out = piped(&[&["uninject", "-"], custom.as_slice()].concat(), injected.as_bytes());
    assert_eq!(stdout(&out), original, "{at}: out again is not what it was");
}

#[test]
fn every_bad_input_is_refused_with_its_line() {
    let folder = data().join("refused");
    let mut shown = String::new();
    let mut names: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "all.messages")
        .collect();
    names.sort();
    for name in names {
        let arguments = [["inject", &name].as_slice(), &super::IDENTITY].concat();
        let run = wispctl(&folder, &arguments).output().unwrap();
        assert_eq!((run.status.code(), stdout(&run)), (Some(1), String::new()), "{name}");
        shown.push_str(&stderr(&run));
    }
    assert_eq!(shown, fs::read_to_string(folder.join("all.messages")).unwrap());
}
