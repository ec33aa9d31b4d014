"""Load of the machine as metrics `system/*`, from /proc and nvidia-smi; what is not there is not logged."""

import os
import shutil
import subprocess
import threading


class Sampler(threading.Thread):
    """Logs the load every so many seconds until it is stopped."""

    def __init__(self, log, seconds):
        super().__init__(name="fettle-system", daemon=True)
        self._log = log
        self._seconds = seconds
        self._stopped = threading.Event()

    def stop(self):
        self._stopped.set()

    def run(self):
        before = _counters()
        step = 0
        # The first sample comes soon: many runs are short.
        wait = min(1.0, self._seconds)
        while not self._stopped.wait(wait):
            try:
                now = _counters()
                self._log({**_rates(before, now, wait), **_levels(), **_gpus()}, step)
                before = now
            except Exception:  # noqa: BLE001 - a training must not suffer from its load being unreadable
                return
            step += 1
            wait = self._seconds


def _lines(path):
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read().splitlines()
    except OSError:
        return []


def _counters():
    counters = {}
    for line in _lines("/proc/stat")[:1]:
        ticks = [int(word) for word in line.split()[1:9]]
        counters["cpu_all"] = sum(ticks)
        counters["cpu_idle"] = ticks[3] + ticks[4]
    received = sent = 0
    for line in _lines("/proc/net/dev")[2:]:
        name, _, rest = line.partition(":")
        words = rest.split()
        if name.strip() != "lo" and len(words) > 8:
            received += int(words[0])
            sent += int(words[8])
            counters["network_received"], counters["network_sent"] = received, sent
    for line in _lines("/proc/self/io"):
        name, _, value = line.partition(":")
        if name in ("read_bytes", "write_bytes"):
            counters[f"disk_{name}"] = int(value)
    return counters


def _rates(before, now, seconds):
    rates = {}
    total = now.get("cpu_all", 0) - before.get("cpu_all", 0)
    if total > 0:
        idle = now["cpu_idle"] - before["cpu_idle"]
        rates["system/cpu_percent"] = 100 * (1 - idle / total)
    names = {
        "network_received": "system/network_received_bytes_per_second",
        "network_sent": "system/network_sent_bytes_per_second",
        "disk_read_bytes": "system/disk_read_bytes_per_second",
        "disk_write_bytes": "system/disk_write_bytes_per_second",
    }
    for name, key in names.items():
        if name in before and name in now:
            rates[key] = (now[name] - before[name]) / seconds
    return rates


def _levels():
    levels = {}
    memory = {}
    for line in _lines("/proc/meminfo"):
        name, _, value = line.partition(":")
        memory[name] = int(value.split()[0]) * 1024 if value.split() else 0
    if "MemTotal" in memory and "MemAvailable" in memory:
        used = memory["MemTotal"] - memory["MemAvailable"]
        levels["system/memory_used_bytes"] = used
        levels["system/memory_percent"] = 100 * used / memory["MemTotal"]
    for line in _lines("/proc/self/statm"):
        levels["system/process_memory_bytes"] = int(line.split()[1]) * os.sysconf("SC_PAGE_SIZE")
    disk = shutil.disk_usage(os.getcwd())
    levels["system/disk_used_percent"] = 100 * disk.used / disk.total if disk.total else 0
    return levels


def _gpus():
    if shutil.which("nvidia-smi") is None:
        return {}
    query = ["nvidia-smi", "--query-gpu=utilization.gpu,memory.used,power.draw", "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(query, capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.SubprocessError):
        return {}
    found = {}
    for index, line in enumerate(done.stdout.splitlines() if done.returncode == 0 else []):
        names = ("percent", "memory_used_bytes", "power_watts")
        for name, word, unit in zip(names, line.split(","), (1, 1024 * 1024, 1)):
            try:
                found[f"system/gpu{index}_{name}"] = float(word) * unit
            except ValueError:
                pass
    return found
