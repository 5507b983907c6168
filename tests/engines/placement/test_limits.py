"""Container limits as read from the control group files."""

from pathlib import Path

from marvin.engines.placement.limits import ProcessLimits, read_limits


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_container_sees_its_own_group_as_the_root(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {
            "proc/self/cgroup": "0::/\n",
            "sys/fs/cgroup/cpu.max": "150000 100000\n",
            "sys/fs/cgroup/memory.max": "2000000000\n",
            "sys/fs/cgroup/memory.current": "900000000\n",
            "sys/fs/cgroup/memory.stat": "anon 500000000\ninactive_file 300000000\n",
        },
    )
    assert read_limits(root) == ProcessLimits(1.5, 2_000_000_000, 1_400_000_000)


def test_tightest_limit_of_the_parent_groups_counts(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {
            "proc/self/cgroup": "0::/user.slice/marvin.service\n",
            "sys/fs/cgroup/user.slice/marvin.service/cpu.max": "max 100000\n",
            "sys/fs/cgroup/user.slice/marvin.service/memory.max": "max\n",
            "sys/fs/cgroup/user.slice/cpu.max": "200000 100000\n",
            "sys/fs/cgroup/user.slice/memory.max": "4000000000\n",
            "sys/fs/cgroup/user.slice/memory.current": "1000000000\n",
        },
    )
    assert read_limits(root) == ProcessLimits(2.0, 4_000_000_000, 3_000_000_000)


def test_control_groups_of_version_1(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {
            "proc/self/cgroup": "4:memory:/docker/x\n1:cpu,cpuacct:/\n0::/\n",
            "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "50000\n",
            "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
            "sys/fs/cgroup/memory/docker/x/memory.limit_in_bytes": "1000000000\n",
            "sys/fs/cgroup/memory/docker/x/memory.usage_in_bytes": "400000000\n",
            "sys/fs/cgroup/memory/docker/x/memory.stat": "total_inactive_file 100000000\n",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
        },
    )
    assert read_limits(root) == ProcessLimits(0.5, 1_000_000_000, 700_000_000)


def test_missing_limits_are_none(tmp_path: Path) -> None:
    assert read_limits(tmp_path) == ProcessLimits()
    root = write(
        tmp_path,
        {
            "proc/self/cgroup": "1:cpu:/\n",
            "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
            "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
        },
    )
    assert read_limits(root) == ProcessLimits()
