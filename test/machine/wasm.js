// Run a WebAssembly program of wasm.c: node wasm.js PROGRAM
const fs = require('fs');

let memory;
const machine = {
    write(text, size) {
        fs.writeSync(1, Buffer.from(memory.buffer, text, size));
    },
    exit(status) {
        process.exit(status);
    },
};
const program = new WebAssembly.Module(fs.readFileSync(process.argv[2]));
const running = new WebAssembly.Instance(program, { machine }).exports;

memory = running.memory;
try {
    running.run();
} catch (trap) {
    console.log(String(trap));
    process.exit(99);
}
