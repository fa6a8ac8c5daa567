/** Dead letters are few and read by people: their topic has one partition, which keeps them in one order. */
export const LETTER_PARTITION = 0;
