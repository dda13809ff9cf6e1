"""The processes of a cluster: started, looked after, killed and held back by name."""

import os
import signal
import subprocess
import threading
import time

WATCH = 0.1


class Parts:
    """Each part's process, its log in `folder`. As on a real node, what ends is started again, unless it is held back. They end
    with the process tree that they are in.

    Whoever knows the folder can have a part killed and held back: see `Part`.
    """

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        self.running = {}
        self.lock = threading.Lock()
        threading.Thread(target=self.watch, daemon=True).start()

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
        while True:
            time.sleep(WATCH)
            with self.lock:
                for name, (command, process) in self.running.items():
                    if process.poll() is not None and not Part(self.folder, name).hold.exists():
                        self.running[name] = command, self.launch(name, command)


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
