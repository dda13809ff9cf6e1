"""The processes of a cluster: started, looked after, killed and held back by name."""

import os
import signal
import subprocess
import threading
import time

WATCH = 0.1


class Parts:
    """Each part's process, its log in `folder`. As on a real node, what ends is started again, unless it is held back.

    Whoever knows the folder can have a part killed and held back: see `Part`.
    """

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        self.running = {}
        self.lock = threading.Lock()
        self.over = threading.Event()
        self.watcher = threading.Thread(target=self.watch, daemon=True)
        self.watcher.start()

    def start(self, name, *command):
        with self.lock:
            self.running[name] = command, self.launch(name, command)

    def launch(self, name, command):
        with Part(self.folder, name).log.open("ab") as log:
            # In a session of its own, so that an interrupt from a terminal does not reach it.
            process = subprocess.Popen(
                [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        Part(self.folder, name).note(process.pid)
        return process

    def watch(self):
        while not self.over.wait(WATCH):
            with self.lock:
                for name, (command, process) in self.running.items():
                    if process.poll() is not None and not Part(self.folder, name).hold.exists():
                        self.running[name] = command, self.launch(name, command)

    def end(self):
        self.over.set()
        self.watcher.join()
        for _, process in self.running.values():
            process.kill()
            process.wait()


class Part:
    """One of them, for a test that wants it killed."""

    def __init__(self, folder, name):
        self.name = name
        self.log = folder / f"{name}.log"
        self.pid_file = folder / f"{name}.pid"
        self.hold = folder / f"{name}.hold"

    def note(self, pid):
        """Writes the file whole, for whoever reads it meanwhile."""
        whole = self.pid_file.with_suffix(".new")
        whole.write_text(str(pid))
        whole.rename(self.pid_file)

    def pid(self):
        return int(self.pid_file.read_text())

    def kill(self):
        os.kill(self.pid(), signal.SIGKILL)

    def stop(self):
        """Kills it, and it stays away until `resume`."""
        self.hold.touch()
        self.kill()

    def resume(self):
        self.hold.unlink(missing_ok=True)


def until(holds, what, patience=60, pause=0.1):
    """Waits until `holds` returns something true, and returns that; `what` says what was waited for, as a text or by a call."""
    end = time.monotonic() + patience
    while not (found := holds()):
        assert time.monotonic() < end, f"not within {patience} s: {what() if callable(what) else what}"
        time.sleep(pause)
    return found
