# SPDX-License-Identifier: Apache-2.0
# The tests that bring their own kernel. mk/tests.mk includes this.

VM_LAB := $(BUILD)/tests/vm/lab

## vm: test dm-verity, fs-verity, vfat and failing disks in a virtual machine
vm:
	tests/run vm

vm-programs: $(BUILD)/goldseal $(VM_LAB)

$(VM_LAB): $(BUILD)/obj/tests/vm/lab.o $(BUILD)/libagent.a $(BUILD)/libcore.a
	@mkdir -p $(@D)
	$(say) LD $@
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS_agent)

-include $(BUILD)/obj/tests/vm/lab.d

.PHONY: vm vm-programs
