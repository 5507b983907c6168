"""Each worker thread sets its own number of compute threads."""

import threading

from marvin.backends.pretrained.threads import use_threads


def test_setting_in_another_thread_changes_nothing_here() -> None:
    import torch

    before = torch.get_num_threads()
    mine_is_set, other_is_set = threading.Event(), threading.Event()
    counts: list[int] = []

    def mine() -> None:
        use_threads(1)
        mine_is_set.set()
        other_is_set.wait(300)
        # The first operation of this thread, and the number of threads it uses.
        torch.ones(200, 200) @ torch.ones(200, 200)
        counts.append(torch.get_num_threads())

    thread = threading.Thread(target=mine)
    thread.start()
    mine_is_set.wait(300)
    other = threading.Thread(target=use_threads, args=(3,))
    other.start()
    other.join()
    other_is_set.set()
    thread.join()
    # New threads of other tests start with the last setting.
    torch.set_num_threads(before)
    assert counts == [1]
