"""What ``nnu sweep`` prints: costs, states, results."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from nnuniverse.cli.options import print_json, say
from nnuniverse.counted import counted
from nnuniverse.errors import ConfigError

if TYPE_CHECKING:
    from nnuniverse.expectations import Verdict
    from nnuniverse.experiments.costs import Cost
    from nnuniverse.sweeps import Ending, Plan, Task


def show_costs(plan: Plan, as_json: bool) -> None:
    """Print every run with its state and what it will take."""
    from nnuniverse.cli.display.consoles import clock
    from nnuniverse.cli.display.tables import print_table

    costs = _costs(plan.todo)
    states = {task.id: plan.state(task) for task in plan.tasks}
    if as_json:
        print_json(
            [
                {
                    **_facts(task),
                    "state": states[task.id],
                    "memory": task.memory,
                    "operations": costs[task.id].operations if task.id in costs else None,
                    "seconds": costs[task.id].seconds if task.id in costs else None,
                }
                for task in plan.tasks
            ]
        )
        return
    rows = []
    for task in plan.tasks:
        cost = costs.get(task.id)
        needs = [
            f"{task.memory / 1e9:.2f} GB" if cost else "",
            f"{cost.operations:.3g}" if cost else "",
            clock(cost.seconds) if cost else "",
        ]
        rows.append([str(task), states[task.id], *needs])
    operations = sum(cost.operations for cost in costs.values())
    seconds = sum(cost.seconds for cost in costs.values())
    print_table(
        ["run", "state", "memory", "operations", "time"],
        rows,
        f"{counted(len(plan.tasks), 'run')}, {len(plan.todo)} to do: {operations:.3g} operations, "
        f"{clock(seconds)} one after another",
    )


def _costs(tasks: list[Task]) -> dict[str, Cost]:
    """Return the costs of tasks by their ids; raises ConfigError, which names the task."""
    from nnuniverse.numerical_settings import require_jax

    require_jax()

    from nnuniverse.experiments.costs import CostEstimator

    estimator, costs = CostEstimator(), {}
    for task in tasks:
        try:
            costs[task.id] = estimator.estimate(task.config)
        except ConfigError as error:
            raise ConfigError(f"at {task}: {error}") from None
    return costs


def show_status(plan: Plan, as_json: bool) -> None:
    """Print how many runs are in which state, and why some have failed."""
    from nnuniverse.cli.display.consoles import clock
    from nnuniverse.cli.display.tables import print_table
    from nnuniverse.sweeps.plan import STATES

    states = {task.id: plan.state(task) for task in plan.tasks}
    counts = Counter(states.values())
    left = _seconds_left(plan, counts["running"])
    if as_json:
        runs = [{**_facts(task), "state": states[task.id]} for task in plan.tasks]
        print_json({"counts": dict(counts), "seconds_left": left, "runs": runs})
        return
    rows = [[state, str(counts[state])] for state in STATES if counts[state]]
    remaining = "" if left is None else f"; {clock(left)} left"
    print_table(["state", "runs"], rows, f"{counted(len(plan.tasks), 'run')}{remaining}")
    for task in plan.tasks:
        failure = plan.folder.failure(task.id) if states[task.id] == "failed" else None
        if failure:
            say(f"failed: {task}: {failure.get('reason')}")


def _seconds_left(plan: Plan, workers: int) -> float | None:
    """Return the time that the rest takes at the speed of the runs that have ended."""
    ended = [task for task in plan.tasks if task.ended and task.found]
    trained = sum(task.replica_epochs for task in ended)
    seconds = sum(task.found.seconds for task in ended if task.found)
    if not trained or not workers:
        return None
    return seconds / trained * sum(task.replica_epochs for task in plan.todo) / workers


def _facts(task: Task) -> dict[str, object]:
    return {
        **task.point.labels,
        "seeds": list(task.config.seeds),
        "run": str(task.found.folder) if task.found else None,
    }


def show_results(plan: Plan, ending: Ending, verdicts: list[Verdict], as_json: bool) -> None:
    """Print where the results are, and how what was expected turned out."""
    done = [task for task in plan.tasks if task.ended]
    if as_json:
        print_json(
            {
                "runs": [{**_facts(task), "state": plan.state(task)} for task in plan.tasks],
                "failed": ending.failed,
                "results": str(plan.folder.results) if done else None,
                "table": str(plan.folder.table) if done else None,
                "expectations": [verdict.as_dict() for verdict in verdicts],
            }
        )
        return
    diverged = sum(plan.state(task) == "diverged" for task in done)
    say(f"{len(done)} of {counted(len(plan.tasks), 'run')} done, {diverged} of them diverged")
    if done and plan.folder.results.exists():
        say(f"results: {plan.folder.results}")
        say(f"table: {plan.folder.table}")
    if verdicts and not plan.todo:
        from nnuniverse.cli.display.tables import print_table
        from nnuniverse.expectations import verdict_remarks, verdict_rows

        say("")
        print_table(*verdict_rows(verdicts))
        for remark in verdict_remarks(verdicts):
            say(remark)
