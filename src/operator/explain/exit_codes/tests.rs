use super::{EXIT_CODES, Text, exit_codes};

fn found(text: &str) -> Vec<String> {
    exit_codes(&Text::of(text))
        .into_iter()
        .map(|found| format!("{} {:?}", found.title, found.lines))
        .collect()
}

#[test]
fn codes_are_known_where_the_number_was_pasted_or_wisp_is_named() {
    for exit in EXIT_CODES {
        let code = exit.code;
        for text in [
            format!("{code}"),
            format!("      Exit Code:    {code}"),
            format!("    State:          Terminated\n      Reason:       Error\n      Exit Code:    {code}"),
            format!(r#"{{"terminated":{{"exitCode":{code},"reason":"Error"}}}}"#),
            format!("wisp-init exited with code {code}"),
            format!("command terminated with exit status {code}"),
            format!("npm start: /wisp redirect: exit status {code}"),
        ] {
            let line = text.lines().count();
            assert_eq!(found(&text), [format!("exit code {code} [{line}]")], "{text}");
        }
    }
    assert_eq!(found("Exit Code: 770"), [""; 0]);
    assert_eq!(found("took 77 ms"), [""; 0]);
}

#[test]
fn codes_of_other_programs_are_not_wisps() {
    for text in [
        "npm ERR! Exit code 71",
        "go: building: signal\nexit status 77",
        "error: build failed\nProcess completed with exit code 78.",
        "pod orders-1 container app exited with code 71",
    ] {
        assert_eq!(found(text), [""; 0], "{text}");
    }
}

const DESCRIBED: &str = "Init Containers:
  wisp-init:
    Container ID:  containerd://1
    Command:
      /wisp
    Args:
      redirect
    State:          Terminated
      Reason:       Completed
      Exit Code:    0
    Last State:     Terminated
      Reason:       Error
      Exit Code:    77
Containers:
  app:
    Container ID:   containerd://2
    Args:
      --verbose
    Last State:     Terminated
      Reason:       Error
      Exit Code:    71
    Limits:
      memory:  64Mi
";

#[test]
fn a_description_tells_whose_code_it_is() {
    assert_eq!(found(DESCRIBED), ["exit code 77 [13]"]);
    assert_eq!(found(&DESCRIBED.replace("  app:", "  wisp:")), ["exit code 71 [21]", "exit code 77 [13]"]);
}

const STATUS: &str = "  containerStatuses:
  - containerID: containerd://2
    image: shop/app:1
    lastState:
      terminated:
        containerID: containerd://1
        exitCode: 71
    name: app
    state:
      terminated:
        exitCode: 78
  initContainerStatuses:
  - containerID: containerd://4
    lastState:
      terminated:
        exitCode: 77
    name: wisp-init
    ready: false
    state:
      terminated:
        exitCode: 69
";

#[test]
fn the_status_of_a_pod_tells_whose_code_it_is() {
    assert_eq!(found(STATUS), ["exit code 69 [21]", "exit code 77 [16]"]);
    let json = STATUS
        .lines()
        .map(|line| match line.trim().split_once(": ") {
            Some((field, value)) => format!("\"{}\": \"{value}\",\n", field.trim_start_matches("- ")),
            None => format!("\"{}\": {{\n", line.trim().trim_end_matches(':')),
        });
    assert_eq!(found(&json.collect::<String>()), ["exit code 69 [21]", "exit code 77 [16]"]);
}
