# Ctrl-C ends a run with 130 and leaves no file. (An interactive shell's
# background job would ignore SIGINT; python starts it with the default.)
python3 - <<'P'
import os, signal, subprocess, time
tmp = os.environ["TMP"]
p = subprocess.Popen([os.environ["NAPIER"], "run", "configs/designs/fashion_w8a8.yaml",
                      "--jobs", "1", "--json", tmp + "/x.json"],
                     stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                     preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
# Once it listens for the signal, however long that takes, and a moment more.
for _ in range(3000):
    with open("/proc/%d/status" % p.pid) as f:
        caught = int(next(l for l in f if l.startswith("SigCgt")).split()[1], 16)
    if caught >> (signal.SIGINT - 1) & 1:
        break
    time.sleep(0.02)
time.sleep(0.2)
p.send_signal(signal.SIGINT)
print(p.communicate()[1].decode().strip())
print(p.returncode, os.listdir(tmp + "/"))
P
