"""The five-minute tour of README.md, exactly as it is printed there."""

import os
import re
import subprocess

from deploy.local.layout import ROOT
from deploy.stack import Stack


def test_the_tour_in_the_readme_works_as_printed(stack: Stack) -> None:
    blocks = re.findall(r"```bash\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    script = "\n".join(["set -euo pipefail", *blocks]).replace(". .run/env", f". {stack.layout / 'env'}")
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=ROOT,
        env={**os.environ, "RUN": str(stack.run_dir)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    answers = done.stdout.splitlines()
    assert '"code"' not in re.sub(r'"code":(null|"[a-z_]+"),"available_at"', "", done.stdout), "nothing was refused"
    assert any('"available":9460' in line for line in answers), "the seller has been paid"
    assert any('"holds":true' in line for line in answers), "the order's books hold"
    assert any('"balance":10000' in line for line in answers), "the money came back by itself"
