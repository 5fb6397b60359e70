# Targets for emulated machines and measures.
MACHINES = $(shell . test/machine/targets; echo $$targets)

$(MACHINES:%=test-%): test-%:
	@sh test/emulate $*

freestanding:
	@sh test/run 41-freestanding

size:
	@sh test/size

stack:
	@sh test/stack

cost:
	@sh test/cost

.PHONY: freestanding size stack cost $(MACHINES:%=test-%)
