# Targets for emulated machines and measures.
MACHINES = $(notdir $(sort $(wildcard test/machine/targets/*)))

$(MACHINES:%=test-%): test-%:
	@sh test/machine/emulate $*

freestanding:
	@sh test/run 41-freestanding

size:
	@sh test/measure/size

stack:
	@sh test/measure/stack

cost:
	@sh test/measure/cost

.PHONY: freestanding size stack cost $(MACHINES:%=test-%)
