"""torch's number of CPU threads, per calling thread."""


def use_threads(count: int) -> None:
    """Set the number of CPU threads for operations started by this thread."""
    import torch

    # A thread's first operation adopts the last setting of any thread. Reading the setting triggers
    # that before it is set here.
    torch.get_num_threads()
    torch.set_num_threads(count)
