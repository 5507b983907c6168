"""How many threads of the CPU the models of one thread of ours compute with."""


def use_threads(count: int) -> None:
    """Compute with so many from now on, on this thread alone."""
    import torch

    # A thread's first operation takes over what any thread has set last. Asking comes first, or
    # it would be forgotten what is set here.
    torch.get_num_threads()
    torch.set_num_threads(count)
