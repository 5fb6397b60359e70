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
const { exports } = new WebAssembly.Instance(program, { machine });

memory = exports.memory;
try {
    exports.run();
} catch (trap) {
    console.log(String(trap));
    process.exit(99);
}
