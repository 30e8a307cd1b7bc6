"""How to train: what a person chooses.

Lives here: TrainingOptions, checked. It knows nothing of networks or samples.
"""

from dataclasses import dataclass

from refnet.checks import check_count, check_not_negative
from refnet.errors import ArgumentError


@dataclass(frozen=True)
class TrainingOptions:
    """How to train: the number of epochs, samples per mini-batch, eta, and when to do less.

    Eta is multiplied by `learning_rate_decay` after every epoch: 1 leaves it as it is. With
    `patience` training stops when the validation accuracy has not improved for as many epochs,
    and the best network is kept instead of the last one. The default is the book's first run.
    Raises ArgumentError for what is not positive, and for a decay above 1.
    """

    epochs: int = 30
    batch_size: int = 10
    learning_rate: float = 3.0
    learning_rate_decay: float = 1.0
    patience: int | None = None

    def __post_init__(self) -> None:
        check_count(self.epochs, "epochs", "30 is the book's choice")
        check_count(self.batch_size, "batch_size", "10 is the book's choice")
        check_not_negative(self.learning_rate, "learning_rate", "3.0 is the book's first choice")
        if self.learning_rate == 0.0:
            raise ArgumentError(
                "learning_rate: got 0.0; expected a positive number, for nothing is learnt at 0; "
                "3.0 is the book's first choice"
            )
        check_not_negative(self.learning_rate_decay, "learning_rate_decay", "1.0 is no decay")
        if not 0.0 < self.learning_rate_decay <= 1.0:
            raise ArgumentError(
                f"learning_rate_decay: got {self.learning_rate_decay!r}; expected a number above 0 "
                "and at most 1, by which eta is multiplied after every epoch; 1.0 is no decay"
            )
        if self.patience is not None:
            check_count(self.patience, "patience", "None is to train all epochs")

    def learning_rate_in(self, epoch: int) -> float:
        """Return eta in an epoch, counted from 1."""
        return self.learning_rate * self.learning_rate_decay ** (epoch - 1)
